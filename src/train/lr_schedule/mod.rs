//! How the learning rate changes over a training: one file a schedule.

mod constant;
mod cosine;
mod multi_step;

pub use cosine::Cosine;
pub use multi_step::MultiStep;

use crate::train::Stretch;
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
    /// Half a cosine from the optimizer's `lr` down to `to` (Loshchilov & Hutter, 2017).
    Cosine(Cosine),
}

impl LrSchedule {
    /// The same schedule with its durations in steps, of which an epoch has `per_epoch`.
    pub fn in_steps(self, per_epoch: u64) -> Self {
        match self {
            Self::MultiStep(multi_step) => Self::MultiStep(multi_step.in_steps(per_epoch)),
            Self::Constant | Self::Cosine(_) => self,
        }
    }

    /// The same schedule over a longer training; durations are in steps.
    pub fn stretched(&self, stretch: Stretch) -> Self {
        match self {
            Self::MultiStep(multi_step) => Self::MultiStep(multi_step.stretched(stretch)),
            Self::Constant | Self::Cosine(_) => self.clone(),
        }
    }

    /// Learning rate of step `step` (from 0) of `total`, for a base rate `lr`; durations are in steps.
    pub fn rate(&self, lr: f64, step: u64, total: u64) -> f64 {
        match self {
            Self::Constant => constant::rate(lr),
            Self::MultiStep(multi_step) => multi_step.rate(lr, step),
            Self::Cosine(cosine) => cosine.rate(lr, step, total),
        }
    }

    /// What the rate comes down to over a training of `total` steps, for a base rate `lr`; durations are in
    /// steps.
    pub fn last(&self, lr: f64, total: u64) -> f64 {
        match self {
            Self::Constant => constant::rate(lr),
            Self::MultiStep(multi_step) => multi_step.rate(lr, total.saturating_sub(1)),
            Self::Cosine(cosine) => cosine.to,
        }
    }
}
