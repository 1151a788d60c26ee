//! What is ranked: units, each of one weight or more.

use super::Mask;
use crate::model::LayerCost;
use std::borrow::Cow;

/// The units of one layer, in the order in which those of equal score are removed.
#[derive(Clone, Debug)]
pub(super) struct Units<'a> {
    pub layer: &'a LayerCost,
    /// A score for each unit.
    pub scores: Cow<'a, [f32]>,
    pub kept: KeptWeights<'a>,
}

/// How many weights of each unit are kept. A unit without kept weights is gone.
#[derive(Clone, Debug)]
pub(super) enum KeptWeights<'a> {
    /// Each unit is a single weight, which this mask keeps or does not.
    Single(&'a Mask),
    Counts(Vec<u32>),
}

/// Mean scores of the kept weights of `count` units, and how many each has, from the unit and the score of each
/// kept weight. A unit without kept weights scores 0.
pub(super) fn mean_scores(count: usize, weights: impl Iterator<Item = (usize, f32)>) -> (Vec<f32>, Vec<u32>) {
    let mut sums = vec![0f64; count];
    let mut kept = vec![0; count];
    for (unit, score) in weights {
        sums[unit] += f64::from(score);
        kept[unit] += 1;
    }
    let mean = |(sum, kept): (f64, &u32)| (sum / f64::from(*kept).max(1.0)) as f32;
    (sums.into_iter().zip(&kept).map(mean).collect(), kept)
}

impl Units<'_> {
    /// Score and number of kept weights of each unit.
    pub fn iter(&self) -> impl Iterator<Item = (f32, u64)> {
        self.scores.iter().enumerate().map(|(unit, score)| (*score, self.kept.of(unit)))
    }

    /// Kept weights of all units.
    pub fn kept_weights(&self) -> u64 {
        match &self.kept {
            KeptWeights::Single(mask) => mask.kept() as u64,
            KeptWeights::Counts(counts) => counts.iter().map(|count| u64::from(*count)).sum(),
        }
    }

    /// The units that are not gone.
    pub fn present(&self) -> Mask {
        match &self.kept {
            KeptWeights::Single(mask) => (*mask).clone(),
            KeptWeights::Counts(counts) => counts.iter().map(|count| *count > 0).collect(),
        }
    }
}

impl KeptWeights<'_> {
    pub fn of(&self, unit: usize) -> u64 {
        match self {
            Self::Single(mask) => u64::from(mask.is_kept(unit)),
            Self::Counts(counts) => u64::from(counts[unit]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_scores_the_mean_of_its_kept_weights() {
        // Unit 0 has the scores 3 and −4, unit 1 has −2, unit 2 has no kept weight.
        let (scores, kept) = mean_scores(3, [(0, 3.0), (1, -2.0), (0, -4.0)].into_iter());
        assert_eq!(scores, [-0.5, -2.0, 0.0]);
        assert_eq!(kept, [2, 1, 0]);
    }
}
