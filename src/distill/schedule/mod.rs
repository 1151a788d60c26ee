//! Numbers that may change over a training, as temperatures and weights of losses do: one file a schedule.

mod cosine;
mod exponential;
mod learned;
mod linear;
mod milestones;
mod scheduled;
mod temperature;
mod transition;

pub use learned::Learned;
pub use milestones::Milestones;
pub use scheduled::Scheduled;
pub use temperature::{Current, Temperature};
pub use transition::Transition;

use crate::train::Stretch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a number changes over a training. Steps are counted as for the learning rate: a training that goes back to a
/// step, or to its learning rate, has the number of that step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Along a straight line: from + (to − from) · x at the part x of the time between `begin` and `end`.
    Linear(Transition),
    /// Along half a cosine: to + (from − to) · (1 + cos πx) / 2 at the part x of the time between `begin` and `end`.
    Cosine(Transition),
    /// By equal factors in equal times: from · (to / from)ˣ at the part x of the time between `begin` and `end`. Both
    /// are above 0.
    Exponential(Transition),
    /// Multiplied by `gamma` at each milestone.
    MultiStep(Milestones),
}

impl Schedule {
    /// The number in step `step` (from 0) of `total`; durations are in steps.
    pub fn at(&self, step: u64, total: u64) -> f64 {
        match self {
            Self::Linear(transition) => transition.at(step, total, linear::between),
            Self::Cosine(transition) => transition.at(step, total, cosine::between),
            Self::Exponential(transition) => transition.at(step, total, exponential::between),
            Self::MultiStep(milestones) => milestones.at(step),
        }
    }

    /// What the number comes to in a training of `total` steps; durations are in steps.
    pub fn last(&self, total: u64) -> f64 {
        match self {
            // As a learning rate, it comes to its end after the last step.
            Self::Linear(_) | Self::Cosine(_) | Self::Exponential(_) => self.at(total, total),
            Self::MultiStep(milestones) => milestones.at(total.saturating_sub(1)),
        }
    }

    /// The values at both ends, whatever the length of the training: all others are between them.
    pub fn ends(&self) -> [f64; 2] {
        match self {
            Self::Linear(transition) | Self::Cosine(transition) | Self::Exponential(transition) => {
                [transition.from, transition.to]
            }
            Self::MultiStep(milestones) => [milestones.from, milestones.to()],
        }
    }

    /// The same with its durations in steps, of which an epoch has `per_epoch`.
    #[must_use]
    pub fn in_steps(&self, per_epoch: u64) -> Self {
        match self {
            Self::Linear(transition) => Self::Linear(transition.in_steps(per_epoch)),
            Self::Cosine(transition) => Self::Cosine(transition.in_steps(per_epoch)),
            Self::Exponential(transition) => Self::Exponential(transition.in_steps(per_epoch)),
            Self::MultiStep(milestones) => Self::MultiStep(milestones.in_steps(per_epoch)),
        }
    }

    /// The same in a training that is longer by `stretch`; durations are in steps.
    #[must_use]
    pub fn stretched(&self, stretch: Stretch) -> Self {
        match self {
            Self::Linear(transition) => Self::Linear(transition.stretched(stretch)),
            Self::Cosine(transition) => Self::Cosine(transition.stretched(stretch)),
            Self::Exponential(transition) => Self::Exponential(transition.stretched(stretch)),
            Self::MultiStep(milestones) => Self::MultiStep(milestones.stretched(stretch)),
        }
    }
}
