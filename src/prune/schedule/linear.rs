//! The same number of weights every round.

use crate::prune::Amount;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// After round r of R the sparsity is S · r / R, for a target S; from a network that has the sparsity s₀
/// already, s₀ + (S − s₀) · r / R, and of a budget likewise. To reach a target gently, with rounds that are all
/// equally large (Han et al., 2015, prune and retrain in turns like this).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Linear {
    /// Number of rounds, R.
    #[schemars(range(min = 1, max = 10_000))]
    pub rounds: u32,
}

impl Linear {
    pub(super) fn amount(&self, round: u32, target: f64) -> Amount {
        Amount::To(target * (f64::from(round) / f64::from(self.rounds)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_by_equal_parts() {
        let linear = Linear { rounds: 4 };
        let amounts = [1, 2, 3, 4].map(|round| linear.amount(round, 0.5));
        assert_eq!(amounts, [0.125, 0.25, 0.375, 0.5].map(Amount::To));
    }

    #[test]
    fn the_last_round_asks_for_exactly_the_target() {
        for (rounds, target) in [(3, 0.9), (7, 0.98), (10, 0.3)] {
            assert_eq!(Linear { rounds }.amount(rounds, target), Amount::To(target));
        }
    }
}
