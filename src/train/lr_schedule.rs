//! How the learning rate changes over a training.

use super::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the learning rate changes over a training; warm-up comes on top (`warmup`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LrSchedule {
    /// Always the optimizer's `lr`.
    #[default]
    Constant,
    /// Multiplied by `gamma` at each milestone.
    MultiStep(MultiStep),
    /// Half a cosine from `lr` down to `to` at the last step (Loshchilov & Hutter, 2017).
    Cosine(Cosine),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MultiStep {
    /// Milestones: `["30ep", "45ep"]`.
    pub at: Vec<Duration>,
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub gamma: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cosine {
    /// Learning rate at the last step.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    pub to: f64,
}

impl LrSchedule {
    /// The same schedule with its durations in steps, of which an epoch has `per_epoch`.
    pub fn in_steps(self, per_epoch: u64) -> Self {
        match self {
            Self::MultiStep(MultiStep { at, gamma }) => {
                let at = at.into_iter().map(|at| Duration::steps(at.in_steps(per_epoch))).collect();
                Self::MultiStep(MultiStep { at, gamma })
            }
            Self::Constant | Self::Cosine(_) => self,
        }
    }

    /// Learning rate of step `step` (from 0) of `total`, for a base rate `lr`; durations are in steps.
    pub fn rate(&self, lr: f64, step: u64, total: u64) -> f64 {
        let _ = (lr, step, total);
        todo!()
    }
}
