//! How much worse than before pruning a network may be to be good enough still.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much worse than the network that the stage starts from one may be on the validation split to be good enough
/// still. Both are the networks that `keep` chose.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// The mean negative log-likelihood is at most so many nats above that before pruning.
    LossRise(LossRise),
    /// The accuracy is at most this share of the images below that before pruning.
    AccuracyDrop(AccuracyDrop),
}

/// How many nats the loss may be above that before pruning, 0.0 < ε.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(extend("exclusiveMinimum" = 0.0))]
pub struct LossRise(f64);

impl TryFrom<f64> for LossRise {
    type Error = String;

    fn try_from(nats: f64) -> Result<Self, String> {
        if nats > 0.0 && nats.is_finite() {
            Ok(Self(nats))
        } else {
            Err(format!("{nats} is not a rise of the loss, 0.0 < ε"))
        }
    }
}

/// By how much the accuracy may be below that before pruning, 0.0 < ε < 1.0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0))]
pub struct AccuracyDrop(f64);

impl TryFrom<f64> for AccuracyDrop {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        if share > 0.0 && share < 1.0 {
            Ok(Self(share))
        } else {
            Err(format!("{share} is not a drop of the accuracy, 0.0 < ε < 1.0"))
        }
    }
}

/// Whether a network is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Held,
    NotHeld,
}

/// Accuracies that differ by a whole number of images are told apart, and rounding in the last digits is not.
const ROUNDING: f64 = 1e-9;

impl Limit {
    /// Its name in an experiment.
    pub fn name(self) -> &'static str {
        match self {
            Self::LossRise(_) => "loss-rise",
            Self::AccuracyDrop(_) => "accuracy-drop",
        }
    }

    /// What is compared, for people.
    pub fn quantity(self) -> &'static str {
        match self {
            Self::LossRise(_) => "validation loss",
            Self::AccuracyDrop(_) => "validation accuracy",
        }
    }

    /// How much worse a network may be.
    pub fn within(self) -> f64 {
        match self {
            Self::LossRise(LossRise(within)) | Self::AccuracyDrop(AccuracyDrop(within)) => within,
        }
    }

    /// The worst that is good enough, where it was `before` before pruning.
    pub fn worst(self, before: f64) -> f64 {
        match self {
            Self::LossRise(LossRise(within)) => before + within,
            Self::AccuracyDrop(AccuracyDrop(within)) => before - within,
        }
    }

    /// How much worse `now` is than `before`; negative where it is better.
    pub fn worsening(self, before: f64, now: f64) -> f64 {
        match self {
            Self::LossRise(_) => now - before,
            Self::AccuracyDrop(_) => before - now,
        }
    }

    /// Whether `now` is good enough, where it was `before` before pruning.
    pub fn verdict(self, before: f64, now: f64) -> Verdict {
        if self.worsening(before, now) <= self.within() + ROUNDING { Verdict::Held } else { Verdict::NotHeld }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // In binary 0.95 − 0.01 is not the nearest number to 0.94.
    #[test]
    fn what_is_exactly_at_the_limit_is_good_enough() {
        let drop = Limit::AccuracyDrop(AccuracyDrop(0.01));
        assert_eq!(
            [0.94, 0.939, 0.96].map(|now| drop.verdict(0.95, now) == Verdict::Held),
            [true, false, true]
        );
        let rise = Limit::LossRise(LossRise(0.02));
        assert_eq!(
            [0.12, 0.121, 0.05].map(|now| rise.verdict(0.1, now) == Verdict::Held),
            [true, false, true]
        );
        assert_eq!(rise.verdict(0.1, f64::NAN), Verdict::NotHeld);
    }

    #[test]
    fn limits_are_above_zero() {
        for wrong in [0.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(LossRise::try_from(wrong).is_err(), "{wrong}");
            assert!(AccuracyDrop::try_from(wrong).is_err(), "{wrong}");
        }
        assert!(AccuracyDrop::try_from(1.0).is_err() && LossRise::try_from(1.0).is_ok());
    }
}
