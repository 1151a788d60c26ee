//! Which network of a training the next stage gets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which network of a training is its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The evaluated one with the highest validation accuracy (the earliest of equals); without a
    /// validation split, the last.
    #[default]
    BestValidation,
    /// The one after the last step.
    Last,
}
