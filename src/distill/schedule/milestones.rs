//! Milestones.

use crate::math::power;
use crate::train::{Duration, Stretch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// from · γᵐ, with m the number of milestones reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Milestones {
    /// The value before the first milestone.
    pub from: f64,
    /// Factor γ at each milestone.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub gamma: f64,
    /// Milestones: `["10ep", "20ep"]`.
    pub at: Vec<Duration>,
}

impl Milestones {
    pub(super) fn at(&self, step: u64) -> f64 {
        let reached = self.at.iter().filter(|at| at.steps <= step).count();
        self.from * power(self.gamma, reached as u64)
    }

    /// The value after the last milestone.
    pub(super) fn to(&self) -> f64 {
        self.from * power(self.gamma, self.at.len() as u64)
    }

    pub(super) fn in_steps(&self, per_epoch: u64) -> Self {
        let at = self.at.iter().map(|at| Duration::steps(at.in_steps(per_epoch)));
        Self { at: at.collect(), ..*self }
    }

    pub(super) fn stretched(&self, stretch: Stretch) -> Self {
        let at = self.at.iter().map(|at| Duration::steps(stretch.steps(at.steps)));
        Self { at: at.collect(), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_at_each_milestone() {
        let at = vec![Duration::epochs(1), Duration { epochs: 1, steps: 5 }];
        let milestones = Milestones { from: 8.0, gamma: 0.5, at }.in_steps(10);
        let values = [0, 9, 10, 14, 15, 99].map(|step| milestones.at(step));
        assert_eq!(values, [8.0, 8.0, 4.0, 4.0, 2.0, 2.0]);
        assert_eq!(milestones.to(), 2.0);
        let longer = milestones.stretched(Stretch { by: 2, of: 1 });
        assert_eq!([19, 20, 30].map(|step| longer.at(step)), [8.0, 4.0, 2.0]);
    }
}
