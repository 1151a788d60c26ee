//! How the sparsity grows over the rounds of a `prune` stage. One file each.

mod cubic;
mod geometric;
mod linear;
mod one_shot;

pub use cubic::{Cubic, Ramp};
pub use geometric::Geometric;
pub use linear::Linear;

use super::{Amount, Limit, Pace, Start, Way};
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

    /// How good the network after a round must be for the rounds to go on; `None` where all of them are run.
    pub fn until(&self) -> Option<Limit> {
        match self {
            Self::OneShot | Self::Linear(_) | Self::Cubic(_) => None,
            Self::Geometric(geometric) => geometric.until,
        }
    }

    /// The way to a target from round `round` (from 1) on; `None` in the last, which reaches it, and where there
    /// is no target.
    pub fn way(&self, round: u32) -> Option<Way> {
        let pace = match self {
            Self::OneShot | Self::Cubic(_) => return None,
            Self::Linear(_) => Pace::Linear,
            Self::Geometric(geometric) if geometric.rate.is_some() => return None,
            Self::Geometric(_) => Pace::Geometric,
        };
        (round < self.rounds()).then(|| Way { rounds: self.rounds() - round + 1, pace })
    }

    /// What round `round` (from 1) asks for; `target` is the sparsity after the last round, and may be
    /// absent where [`needs_target`](Self::needs_target) says so. From a pruned network the sparsity grows from
    /// what it has.
    pub fn amount(&self, round: u32, target: Option<f64>, start: Start) -> Amount {
        if let (Start::Pruned, Some(way)) = (start, self.way(round)) {
            let to = target.expect("the check refuses a schedule that lacks its target");
            return Amount::Toward { to, way };
        }
        let target = || target.expect("the check refuses a schedule that lacks its target");
        match self {
            Self::OneShot | Self::Cubic(_) => one_shot::amount(target()),
            Self::Linear(linear) => linear.amount(round, target()),
            Self::Geometric(geometric) => geometric.amount(round, target),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From a dense network the shares are those of the papers; from a pruned one each round says how many are
    /// to come. Either way the last round asks for the target, and a rate knows no start.
    #[test]
    fn a_stage_goes_on_from_what_its_network_has() {
        let linear = Schedule::Linear(Linear { rounds: 2 });
        let amounts =
            |schedule: &Schedule, target, start| [1, 2].map(|round| schedule.amount(round, target, start));
        assert_eq!(amounts(&linear, Some(0.8), Start::Dense), [0.4, 0.8].map(Amount::To));
        let way = Way { rounds: 2, pace: Pace::Linear };
        let expected = [Amount::Toward { to: 0.8, way }, Amount::To(0.8)];
        assert_eq!(amounts(&linear, Some(0.8), Start::Pruned), expected);
        let rate = Some(crate::prune::Sparsity::try_from(0.2).unwrap());
        let rate = Schedule::Geometric(Geometric { rounds: 2, rate, until: None });
        assert_eq!(amounts(&rate, None, Start::Pruned), [Amount::Rate(0.2); 2]);
    }
}
