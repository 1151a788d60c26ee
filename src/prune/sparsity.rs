//! Sparsity as a type that cannot be out of range, and what a `prune` stage aims at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Share of prunable weights removed, 0.0 ≤ s < 1.0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(extend("minimum" = 0.0, "exclusiveMaximum" = 1.0))]
pub struct Sparsity(f64);

impl TryFrom<f64> for Sparsity {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        if (0.0..1.0).contains(&share) {
            Ok(Self(share))
        } else {
            Err(format!("{share} is not a fraction; sparsity is the share of weights removed, 0.0 ≤ s < 1.0"))
        }
    }
}

impl Sparsity {
    pub fn share(self) -> f64 {
        self.0
    }
}

/// What a `prune` stage aims at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Share of prunable weights removed at the end of the schedule.
    Sparsity(Sparsity),
}
