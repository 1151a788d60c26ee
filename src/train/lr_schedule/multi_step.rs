//! Milestones.

use crate::math::power;
use crate::train::{Duration, Stretch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// η·γᵐ, with m the number of milestones reached: the schedule of most convolutional networks (He et
/// al., 2016).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MultiStep {
    /// Milestones: `["30ep", "45ep"]`.
    pub at: Vec<Duration>,
    /// Factor γ at each milestone.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub gamma: f64,
}

impl MultiStep {
    pub(super) fn in_steps(self, per_epoch: u64) -> Self {
        let at = self.at.into_iter().map(|at| Duration::steps(at.in_steps(per_epoch))).collect();
        Self { at, ..self }
    }

    pub(super) fn stretched(&self, stretch: Stretch) -> Self {
        let at = self.at.iter().map(|at| Duration::steps(stretch.steps(at.steps)));
        Self { at: at.collect(), ..*self }
    }

    pub(super) fn rate(&self, lr: f64, step: u64) -> f64 {
        let reached = self.at.iter().filter(|at| at.steps <= step).count();
        lr * power(self.gamma, reached as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_at_each_milestone() {
        let schedule =
            MultiStep { at: vec![Duration::epochs(3), Duration { epochs: 4, steps: 5 }], gamma: 0.1 };
        let schedule = schedule.in_steps(10);
        let rates: Vec<_> = [0, 29, 30, 44, 45].map(|step| schedule.rate(0.1, step)).into();
        for (rate, expected) in rates.into_iter().zip([0.1, 0.1, 0.01, 0.01, 0.001]) {
            assert!((rate - expected).abs() < 1e-12, "{rate} is not {expected}");
        }
    }
}
