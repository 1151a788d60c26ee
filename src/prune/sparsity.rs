//! Sparsity as a type that cannot be out of range, and what a `prune` stage aims at.

use super::Quantity;
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
}

impl Target {
    /// Its name in an experiment.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sparsity(_) => "sparsity",
            Self::Parameters(_) => Quantity::Parameters.name(),
            Self::Macs(_) => Quantity::Macs.name(),
            Self::Threshold(_) => "threshold",
        }
    }

    /// What a budget counts, and how much of the original's may be left.
    pub fn budget(self) -> Option<(Quantity, LeftShare)> {
        match self {
            Self::Parameters(left) => Some((Quantity::Parameters, left)),
            Self::Macs(left) => Some((Quantity::Macs, left)),
            Self::Sparsity(_) | Self::Threshold(_) => None,
        }
    }

    /// The sparsity, where that is what it says.
    pub fn sparsity(self) -> Option<f64> {
        match self {
            Self::Sparsity(sparsity) => Some(sparsity.share()),
            Self::Parameters(_) | Self::Macs(_) | Self::Threshold(_) => None,
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
