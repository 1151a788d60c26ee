//! Growing sparsity inside one training.

use crate::train::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The sparsity grows while the one recovery trains (Zhu & Gupta, 2018): s(t) = s₁ + (s₀ − s₁) · (1 − (t − t₀) / (t₁ −
/// t₀))³ after t steps of it, from the sparsity s₀ that the network has to the target s₁; t₀ is `begin`, t₁ `end`.
/// Masks change every `every` steps in between and at `end`, by the importance at that moment, and the network trains
/// on. It prunes fast while there is much to lose and slowly near the target. To prune in one training, also
/// from initial weights.
///
/// Masked weights are zero, so what is masked stays masked (in the paper they keep the value that they had,
/// and may come back). A network is a result of `keep` only after `end`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cubic {
    /// When it begins, counted from the start of the recovery.
    #[serde(default)]
    pub begin: Duration,
    /// When the target is reached; the recovery trains on after it.
    pub end: Duration,
    /// Time between two changes of the masks (100 steps).
    #[serde(default = "default_every")]
    pub every: Duration,
}

fn default_every() -> Duration {
    Duration::steps(100)
}

/// [`Cubic`] in steps of the training that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ramp {
    pub begin: u64,
    pub end: u64,
    pub every: u64,
}

impl Cubic {
    /// In steps, as many as `in_steps` counts.
    pub fn ramp(&self, in_steps: impl Fn(Duration) -> u64) -> Ramp {
        Ramp { begin: in_steps(self.begin), end: in_steps(self.end), every: in_steps(self.every).max(1) }
    }
}

impl Ramp {
    /// Whether the masks change before step `step`.
    pub(in crate::prune) fn is_due(&self, step: u64) -> bool {
        let &Self { begin, end, every } = self;
        (begin..=end).contains(&step) && ((step - begin).is_multiple_of(every) || step == end)
    }

    /// The part of the way from the first sparsity to the last that is behind after `step` steps.
    pub(in crate::prune) fn part(&self, step: u64) -> f64 {
        let &Self { begin, end, .. } = self;
        if step >= end {
            return 1.0;
        }
        let left = 1.0 - step.saturating_sub(begin) as f64 / (end - begin) as f64;
        1.0 - left * left * left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAMP: Ramp = Ramp { begin: 10, end: 50, every: 15 };

    #[test]
    fn masks_change_in_equal_steps_and_at_the_end() {
        let due: Vec<u64> = (0..100).filter(|&step| RAMP.is_due(step)).collect();
        assert_eq!(due, [10, 25, 40, 50]);
    }

    // 1 − (1 − 10/40)³ = 1 − 27/64.
    #[test]
    fn the_part_follows_the_cube() {
        let parts = [0, 10, 20, 30, 50, 90].map(|step| RAMP.part(step));
        assert_eq!(parts, [0.0, 0.0, 37.0 / 64.0, 7.0 / 8.0, 1.0, 1.0]);
    }
}
