//! The same share of what is left every round.

use crate::math::{exp, ln};
use crate::prune::{Amount, Limit, Sparsity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every round removes the share p of the weights that are left, so (1 − p)^r are left after round r
/// (Frankle & Carbin, 2019). p is `rate`, or else the rate that reaches the target S in the last of R
/// rounds: the sparsity after round r is then 1 − (1 − S)^(r/R), and the share d₀ that an earlier stage left
/// becomes d₀ · ((1 − S) / d₀)^(r/R). To find lottery tickets, and to go far: rounds get smaller as the network
/// gets sparser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Geometric {
    /// Number of rounds, R.
    #[schemars(range(min = 1, max = 10_000))]
    pub rounds: u32,
    /// Share of the remaining weights removed each round; without it, the rate that reaches `target`
    /// in the last round.
    #[serde(default)]
    pub rate: Option<Sparsity>,
    /// Ends early: rounds go on while the network after them is this good, and the stage's network is that of the last
    /// round that was. Rounds after the first that is not are not run. Where the first is not, the trial fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Limit>,
}

impl Geometric {
    pub(super) fn amount(&self, round: u32, target: impl Fn() -> f64) -> Amount {
        match self.rate {
            Some(rate) => Amount::Rate(rate.share()),
            // The formula gives the target too, but for its last digit.
            None if round == self.rounds => Amount::To(target()),
            None => {
                let part = f64::from(round) / f64::from(self.rounds);
                Amount::To(1.0 - exp(part * ln(1.0 - target())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(amount: Amount) -> f64 {
        match amount {
            Amount::To(share) => share,
            other => panic!("asked for {other:?}"),
        }
    }

    #[test]
    fn a_rate_is_the_same_every_round_and_needs_no_target() {
        let geometric = Geometric { rounds: 20, rate: Some(Sparsity::try_from(0.2).unwrap()), until: None };
        for round in [1, 10, 20] {
            assert_eq!(geometric.amount(round, || panic!("no target")), Amount::Rate(0.2));
        }
    }

    #[test]
    fn without_a_rate_each_round_leaves_the_same_share() {
        let geometric = Geometric { rounds: 3, rate: None, until: None };
        // 1 − 0.875 = 0.125 = 0.5³: half of what is left goes every round.
        for (round, expected) in [(1, 0.5), (2, 0.75), (3, 0.875)] {
            assert!((share(geometric.amount(round, || 0.875)) - expected).abs() < 1e-15, "round {round}");
        }
    }

    #[test]
    fn the_last_round_asks_for_exactly_the_target() {
        for (rounds, target) in [(3, 0.1), (7, 0.98), (10, 0.3)] {
            assert_eq!(
                Geometric { rounds, rate: None, until: None }.amount(rounds, || target),
                Amount::To(target)
            );
        }
    }
}
