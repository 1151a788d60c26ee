//! From scores of weights to scores of units.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the scores of a unit's weights make the score of the unit. Masked weights do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// Σ s: the importance that goes with the unit.
    Sum,
    /// Σ s / n: the importance that goes with each weight, so that large and small units compare.
    #[default]
    Mean,
    /// The largest score.
    Max,
    /// √Σ s²: with the importance `magnitude`, the Euclidean norm of the weights.
    Norm,
}

impl Reduction {
    /// Scores and numbers of kept weights of `count` units, from the unit and the score of each kept weight.
    /// A unit without kept weights scores 0.
    pub(super) fn of_units(
        self,
        count: usize,
        weights: impl Iterator<Item = (usize, f32)>,
    ) -> (Vec<f32>, Vec<u32>) {
        let mut totals = vec![0f64; count];
        let mut kept = vec![0; count];
        for (unit, score) in weights {
            let score = f64::from(score);
            let is_first = kept[unit] == 0;
            totals[unit] = match self {
                Self::Sum | Self::Mean => totals[unit] + score,
                Self::Max => {
                    if is_first {
                        score
                    } else {
                        totals[unit].max(score)
                    }
                }
                Self::Norm => totals[unit] + score * score,
            };
            kept[unit] += 1;
        }
        let score = |(total, kept): (f64, &u32)| match self {
            Self::Sum | Self::Max => total as f32,
            Self::Mean => (total / f64::from(*kept).max(1.0)) as f32,
            Self::Norm => total.sqrt() as f32,
        };
        (totals.into_iter().zip(&kept).map(score).collect(), kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reduction_is_what_its_name_says() {
        // Unit 0 has the scores 3 and −4, unit 1 has −2, unit 2 has no kept weight.
        let weights = [(0, 3.0), (1, -2.0), (0, -4.0)];
        let scores = |reduction: Reduction| reduction.of_units(3, weights.into_iter()).0;
        assert_eq!(scores(Reduction::Sum), [-1.0, -2.0, 0.0]);
        assert_eq!(scores(Reduction::Mean), [-0.5, -2.0, 0.0]);
        assert_eq!(scores(Reduction::Max), [3.0, -2.0, 0.0]);
        assert_eq!(scores(Reduction::Norm), [5.0, 2.0, 0.0]);
        assert_eq!(Reduction::Sum.of_units(3, weights.into_iter()).1, [2, 1, 0]);
    }
}
