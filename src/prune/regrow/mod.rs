//! Masks whose kept weights move while a training goes on, at one sparsity. One file each.

mod exchange;
pub(super) mod rigl;
pub(super) mod set;

pub use rigl::Rigl;
pub use set::Set;

pub(super) use exchange::{Exchange, exchange};

use crate::train::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How weights regrow while a sparse network trains: every so often each layer drops its smallest weights
/// and as many others regrow, from zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Regrow {
    /// At random places (Mocanu et al., 2018).
    Set(Set),
    /// Where the gradient is largest (Evci et al., 2020).
    Rigl(Rigl),
}

/// [`Regrow`] in steps of the training that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Regrowth {
    pub every: u64,
    /// The step from which on the masks stay as they are.
    pub until: u64,
    pub fraction: f64,
}

impl Regrow {
    /// Time between two changes, share of the weights, and end of the changes; by default after three quarters of
    /// the training.
    fn settings(&self) -> (Duration, f64, Option<Duration>) {
        match self {
            Self::Set(Set { every, fraction, until }) | Self::Rigl(Rigl { every, fraction, until }) => {
                (*every, *fraction, *until)
            }
        }
    }

    /// In steps, as many as `in_steps` counts, of a training of `length` steps.
    pub fn regrowth(&self, length: u64, in_steps: impl Fn(Duration) -> u64) -> Regrowth {
        let (every, fraction, until) = self.settings();
        let until = until.map_or(length * 3 / 4, &in_steps);
        Regrowth { every: in_steps(every).max(1), until, fraction }
    }

    /// Time between two changes.
    pub fn every(&self) -> Duration {
        self.settings().0
    }
}

impl Regrowth {
    /// Whether weights move before step `step`.
    pub(super) fn is_due(&self, step: u64) -> bool {
        (1..self.until).contains(&step) && step.is_multiple_of(self.every)
    }
}
