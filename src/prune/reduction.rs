//! How the score of a unit is made from the scores of its weights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the scores s of a unit's n kept weights make the score of the unit, where units are more than single
/// weights. With `magnitude`, `sum`, `norm` and `max` are the p-norms of a group for p = 1, 2 and ∞.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// (1 / n) Σ s: a unit does not matter more for being larger, so that units of different layers compare.
    #[default]
    Mean,
    /// Σ s: with `magnitude` the L1 norm, by which Li et al. (2017) rank filters within a layer.
    Sum,
    /// The largest s: a unit matters as much as its most important weight.
    Max,
    /// √(Σ s²): with `magnitude` the L2 norm, by which He et al. (2018) rank filters within a layer.
    Norm,
}

impl Reduction {
    /// Scores of `count` units, and how many kept weights each has, from the unit and the score of each kept
    /// weight. A unit without kept weights scores 0.
    pub(super) fn scores(
        self,
        count: usize,
        weights: impl Iterator<Item = (usize, f32)>,
    ) -> (Vec<f32>, Vec<u32>) {
        let start = match self {
            Self::Mean | Self::Sum | Self::Norm => 0.0,
            Self::Max => f64::NEG_INFINITY,
        };
        let (mut totals, mut kept) = (vec![start; count], vec![0; count]);
        for (unit, score) in weights {
            let (total, score) = (&mut totals[unit], f64::from(score));
            *total = match self {
                Self::Mean | Self::Sum => *total + score,
                Self::Max => total.max(score),
                Self::Norm => *total + score * score,
            };
            kept[unit] += 1;
        }
        let score = |(total, kept): (f64, &u32)| match (self, *kept) {
            (_, 0) => 0.0,
            (Self::Mean, kept) => (total / f64::from(kept)) as f32,
            (Self::Sum | Self::Max, _) => total as f32,
            (Self::Norm, _) => total.sqrt() as f32,
        };
        (totals.into_iter().zip(&kept).map(score).collect(), kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Unit 0 has the scores 3 and −4, unit 1 has −2, unit 2 has no kept weight.
    #[test]
    fn a_unit_is_scored_by_its_kept_weights() {
        let scores = |reduction: Reduction| {
            let (scores, kept) = reduction.scores(3, [(0, 3.0), (1, -2.0), (0, -4.0)].into_iter());
            assert_eq!(kept, [2, 1, 0]);
            scores
        };
        assert_eq!(scores(Reduction::Mean), [-0.5, -2.0, 0.0]);
        assert_eq!(scores(Reduction::Sum), [-1.0, -2.0, 0.0]);
        assert_eq!(scores(Reduction::Max), [3.0, -2.0, 0.0]);
        assert_eq!(scores(Reduction::Norm), [5.0, 2.0, 0.0]);
    }
}
