//! How the sparsity grows over the rounds of a `prune` stage. One file each.

mod cubic;
mod geometric;
mod linear;
mod one_shot;

pub use cubic::{Cubic, Ramp};
pub use geometric::Geometric;
pub use linear::Linear;

use super::Amount;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the sparsity grows over the rounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// All at once, in one round.
    #[default]
    OneShot,
    /// The same number of weights every round.
    Linear(Linear),
    /// The same share of the weights that are left every round (Frankle & Carbin, 2019).
    Geometric(Geometric),
    /// Along a cube, inside the one recovery (Zhu & Gupta, 2018).
    Cubic(Cubic),
}

impl Schedule {
    /// How many rounds there are.
    pub fn rounds(&self) -> u32 {
        match self {
            Self::OneShot | Self::Cubic(_) => 1,
            Self::Linear(linear) => linear.rounds,
            Self::Geometric(geometric) => geometric.rounds,
        }
    }

    /// Whether it needs to be told the sparsity after the last round.
    pub fn needs_target(&self) -> bool {
        match self {
            Self::OneShot | Self::Linear(_) | Self::Cubic(_) => true,
            Self::Geometric(geometric) => geometric.rate.is_none(),
        }
    }

    /// What round `round` (from 1) asks for; `target` is the sparsity after the last round, and may be
    /// absent where [`needs_target`](Self::needs_target) says so.
    pub fn amount(&self, round: u32, target: Option<f64>) -> Amount {
        let target = || target.expect("the check refuses a schedule that lacks its target");
        match self {
            Self::OneShot | Self::Cubic(_) => one_shot::amount(target()),
            Self::Linear(linear) => linear.amount(round, target()),
            Self::Geometric(geometric) => geometric.amount(round, target),
        }
    }
}
