//! A temperature that is learned.

use super::{Schedule, Scheduled, Transition};
use crate::math::exp;
use crate::train::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A temperature that is trained against the student: it makes the loss larger where the student makes it smaller (CTKD;
/// Li et al., 2023, with one temperature for all images).
///
/// T = init + range · σ(θ), with the logistic function σ and a number θ that is 1 before the training and is trained
/// with the student by the same optimizer, weight decay included, along −λ · ∂L/∂θ for the weighted term L. With λ from 0
/// to 1 the task becomes harder as the student learns. θ is no part of the student. A training after pruning begins with
/// θ = 1 again, and with what λ came to; a rewound one has both of its step. An importance sees the temperature of θ = 1
/// before a recovery, and that of the step during one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Learned {
    /// What the temperature is always above, τ_init of the paper (1).
    #[serde(default = "default_init")]
    #[schemars(range(min = 0.01))]
    pub init: f64,
    /// How far above that it may come, τ_range of the paper (20).
    #[serde(default = "default_range")]
    #[schemars(range(min = 0.0))]
    pub range: f64,
    /// How strongly it is trained against the student, λ (along half a cosine from 0 to 1 over the first 10 epochs, as in
    /// the authors' code, which changes it once an epoch; a training of fewer does not come to 1, unless it says so).
    #[serde(default = "default_strength")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1000.0))]
    pub strength: Scheduled,
}

fn default_init() -> f64 {
    1.0
}

fn default_range() -> f64 {
    20.0
}

fn default_strength() -> Scheduled {
    let growth = Transition { from: 0.0, to: 1.0, begin: None, end: Some(Duration::epochs(10)) };
    Scheduled::Changing(Schedule::Cosine(growth))
}

/// As the paper has it.
impl Default for Learned {
    fn default() -> Self {
        Self { init: default_init(), range: default_range(), strength: default_strength() }
    }
}

impl Learned {
    /// θ before the training.
    pub const START: f64 = 1.0;

    /// The temperature of θ.
    pub fn temperature(&self, theta: f64) -> f64 {
        self.init + self.range * sigmoid(theta)
    }

    /// What its derivative for the temperature is multiplied by to give the direction of θ, in a step with a strength of
    /// its own.
    pub fn reversal(&self, theta: f64) -> f64 {
        let sigmoid = sigmoid(theta);
        -self.strength.value() * self.range * sigmoid * (1.0 - sigmoid)
    }
}

/// σ(x) = 1 / (1 + e⁻ˣ)
fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    // σ(1) = 0.7310586, σ(0) = ½ with the slope ¼.
    #[test]
    fn begins_between_the_least_temperature_and_the_largest() {
        let learned = Learned { strength: 0.5.into(), ..Learned::default() };
        assert!((learned.temperature(Learned::START) - 15.621_172).abs() < 1e-6);
        assert_eq!(learned.temperature(0.0), 11.0);
        assert_eq!(learned.reversal(0.0), -2.5);
        assert!(learned.temperature(-800.0) == 1.0 && learned.temperature(800.0) == 21.0);
    }

    #[test]
    fn grows_strong_over_ten_epochs() {
        let strength = Learned::default().strength.in_steps(4);
        let values = [0, 20, 40, 100].map(|step| strength.at(step, 100));
        assert!(values.iter().zip([0.0, 0.5, 1.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{values:?}");
    }
}
