//! How the sparsity grows over the rounds of a `prune` stage. One file each.

use super::Step;
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
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Linear {
    #[schemars(range(min = 1, max = 10_000))]
    pub rounds: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Geometric {
    #[schemars(range(min = 1, max = 10_000))]
    pub rounds: u32,
    /// Share of the remaining weights removed each round; without it, the rate that reaches `target`
    /// in the last round.
    #[serde(default)]
    pub rate: Option<super::Sparsity>,
}

impl Schedule {
    /// How many rounds there are.
    pub fn rounds(&self) -> u32 {
        match self {
            Self::OneShot => 1,
            Self::Linear(linear) => linear.rounds,
            Self::Geometric(geometric) => geometric.rounds,
        }
    }

    /// What round `round` (from 1) asks for; `target` is the sparsity after the last round. A geometric
    /// schedule with a rate needs no target.
    pub fn step(&self, round: u32, target: Option<f64>) -> Step {
        let _ = (round, target);
        todo!()
    }
}
