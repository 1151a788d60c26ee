//! Sparsity as a type that cannot be out of range, and what a `prune` stage aims at.

use super::{AccuracyDrop, Limit, LossRise, Quantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Share of prunable weights removed, 0.0 ≤ s < 1.0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(extend("minimum" = 0.0, "exclusiveMaximum" = 1.0))]
pub struct Sparsity(f64);

impl TryFrom<f64> for Sparsity {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        if (0.0..1.0).contains(&share) {
            Ok(Self(share))
        } else {
            Err(format!("{share} is not a fraction; sparsity is the share of weights removed, 0.0 ≤ s < 1.0"))
        }
    }
}

impl Sparsity {
    pub fn share(self) -> f64 {
        self.0
    }
}

/// Share of a quantity of the original network that is left, 0.0 < s ≤ 1.0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1.0))]
pub struct LeftShare(f64);

impl TryFrom<f64> for LeftShare {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        if share > 0.0 && share <= 1.0 {
            Ok(Self(share))
        } else {
            Err(format!("{share} is not a share of what the original has, 0.0 < s ≤ 1.0"))
        }
    }
}

impl LeftShare {
    pub fn share(self) -> f64 {
        self.0
    }

    /// The most that may be left of `original`, in whole units.
    pub fn of(self, original: u64) -> u64 {
        // A product such as 0.29 · 100 may be below the whole number that it stands for.
        (self.0 * original as f64 + 1e-6).floor() as u64
    }
}

/// What a `prune` stage aims at by the end of its schedule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Share of prunable weights removed at the end of the schedule.
    Sparsity(Sparsity),
    /// At most this share of the original's parameters (weights, biases, norm scale and shift) is left; masked
    /// ones do not count. What cannot be pruned counts, so small shares may be out of reach.
    Parameters(LeftShare),
    /// At most this share of the original's multiply-accumulates is left; those of masked weights do not count.
    Macs(LeftShare),
    /// Everything of lower importance than this is removed, so what is left follows from the scores. With
    /// `schedule.linear` the threshold grows by equal parts (Han et al., 2015, prune by thresholds).
    Threshold(f64),
    /// The smallest network whose validation loss after the recovery is at most `within` above that before pruning, found
    /// by bisection.
    LossRise(LossSearch),
    /// The smallest network whose validation accuracy after the recovery is at most `within` below that before pruning,
    /// found by bisection.
    AccuracyDrop(AccuracySearch),
}

/// The smallest network that is good enough still by its loss, min ‖θ′‖ subject to L(θ′) ≤ L(θ) + ε: a number is ε.
///
/// θ is the network that the stage starts from, and L the mean negative log-likelihood on the validation split of the
/// network that `keep` chose. The sparsity is bisected between what is gone already and 1, in ten-thousandths. Each
/// probe prunes θ to its sparsity at once, recovers, and is measured; the stage's network is that of the largest sparsity
/// that held. Where none holds the trial fails.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("type" = ["object", "number"]))]
pub struct LossSearch {
    /// By how many nats the loss may be above that before pruning, ε.
    pub within: LossRise,
    /// How many sparsities are tried at most (8): n of them narrow it down to 2⁻ⁿ.
    #[serde(default = "default_probes")]
    #[schemars(range(min = 1, max = 14))]
    pub probes: u32,
}

/// The smallest network that is good enough still by its accuracy, min ‖θ′‖ subject to A(θ′) ≥ A(θ) − ε: a number is ε.
///
/// θ is the network that the stage starts from, and A the accuracy on the validation split of the network that `keep`
/// chose. It is found as with `loss-rise`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("type" = ["object", "number"]))]
pub struct AccuracySearch {
    /// By which share of the images the accuracy may be below that before pruning, ε.
    pub within: AccuracyDrop,
    /// How many sparsities are tried at most (8): n of them narrow it down to 2⁻ⁿ.
    #[serde(default = "default_probes")]
    #[schemars(range(min = 1, max = 14))]
    pub probes: u32,
}

fn default_probes() -> u32 {
    8
}

impl Target {
    /// Its name in an experiment.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sparsity(_) => "sparsity",
            Self::Parameters(_) => Quantity::Parameters.name(),
            Self::Macs(_) => Quantity::Macs.name(),
            Self::Threshold(_) => "threshold",
            Self::LossRise(_) => "loss-rise",
            Self::AccuracyDrop(_) => "accuracy-drop",
        }
    }

    /// What a budget counts, and how much of the original's may be left.
    pub fn budget(self) -> Option<(Quantity, LeftShare)> {
        match self {
            Self::Parameters(left) => Some((Quantity::Parameters, left)),
            Self::Macs(left) => Some((Quantity::Macs, left)),
            Self::Sparsity(_) | Self::Threshold(_) | Self::LossRise(_) | Self::AccuracyDrop(_) => None,
        }
    }

    /// Where it is searched for: how good the network must be, and how many sparsities are tried at most.
    pub fn search(self) -> Option<(Limit, u32)> {
        match self {
            Self::LossRise(LossSearch { within, probes }) => Some((Limit::LossRise(within), probes)),
            Self::AccuracyDrop(AccuracySearch { within, probes }) => {
                Some((Limit::AccuracyDrop(within), probes))
            }
            Self::Sparsity(_) | Self::Parameters(_) | Self::Macs(_) | Self::Threshold(_) => None,
        }
    }

    /// The sparsity, where that is what it says.
    pub fn sparsity(self) -> Option<f64> {
        match self {
            Self::Sparsity(sparsity) => Some(sparsity.share()),
            Self::Parameters(_)
            | Self::Macs(_)
            | Self::Threshold(_)
            | Self::LossRise(_)
            | Self::AccuracyDrop(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_rounded_down_to_whole_units() {
        let half = LeftShare::try_from(0.5).unwrap();
        assert_eq!([10, 11].map(|original| half.of(original)), [5, 5]);
        // In binary 0.29 · 100 is 28.999999999999996.
        assert_eq!(LeftShare::try_from(0.29).unwrap().of(100), 29);
        for wrong in [0.0, -0.1, 1.1, f64::NAN] {
            assert!(LeftShare::try_from(wrong).is_err(), "{wrong}");
        }
    }
}
