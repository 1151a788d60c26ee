//! What a setting took, as a record has it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the trainings that one setting needs took, those of all its seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SettingHours {
    /// The value of each axis, as tables write it, by its dotted key.
    pub setting: BTreeMap<String, String>,
    /// Hours of trainings that no other setting needs, as if one had been done after the other.
    pub own_hours: f64,
    /// Of the others.
    pub shared_hours: f64,
}
