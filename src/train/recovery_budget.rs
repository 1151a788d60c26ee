//! How long the recovery of a network that has got smaller is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many steps a recovery takes. A small network that is trained from scratch
/// (`weights = "reinitialized"`) is Scratch-E of Liu et al. (2019) at equal steps, and Scratch-B at equal
/// multiply-accumulates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecoveryBudget {
    /// As many as it says.
    #[default]
    EqualSteps,
    /// A control where channels or blocks were removed: until the multiply-accumulates (MACs) are spent that the
    /// network would have taken before the first pruning, ⌊steps · MACs of that network / MACs of the small one⌉ steps.
    /// The learning-rate schedule, warm-up and growing penalties are stretched as much, so that they end when it
    /// does; `evaluate` is as often as before. How small the network is is known once it is pruned: plans count the
    /// steps that its target lets expect, and `steps` those that were taken.
    EqualMacs,
}

impl RecoveryBudget {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How many times as long something lasts: `by` / `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub by: u64,
    pub of: u64,
}

impl Stretch {
    /// `steps`, stretched and rounded; halves away from zero.
    pub fn steps(self, steps: u64) -> u64 {
        let (by, of) = (u128::from(self.by), u128::from(self.of.max(1)));
        u64::try_from((2 * u128::from(steps) * by + of) / (2 * of)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_rounded_to_the_nearest() {
        let stretched = |steps, by, of| Stretch { by, of }.steps(steps);
        assert_eq!(stretched(100, 3, 2), 150);
        // 100 · 4 / 3 = 133.3, 200 · 4 / 3 = 266.7, 5 · 3 / 2 = 7.5.
        assert_eq!((stretched(100, 4, 3), stretched(200, 4, 3), stretched(5, 3, 2)), (133, 267, 8));
        assert_eq!((stretched(0, 4, 3), stretched(7, 1, 1)), (0, 7));
        assert_eq!(stretched(u64::MAX, 2, 1), u64::MAX);
    }
}
