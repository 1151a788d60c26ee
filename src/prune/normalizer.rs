//! How scores of different layers are made comparable.

use super::rank::ranks;
use super::units::Units;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the scores of a layer's units are divided by before those of all layers are ranked, so that layers whose
/// scores are of another size compare. It changes nothing of the order within a layer, but for `output-rank`.
/// A layer whose scores are all zero stays as it is. With `granularity = "channel"` layers that lose channels
/// together count as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Normalizer {
    /// Nothing: scores are compared as they are.
    #[default]
    None,
    /// The mean of their absolute values: every layer's is 1 afterwards.
    Mean,
    /// The largest of their absolute values.
    Max,
    /// Their L2 norm, √(Σ s²) (Molchanov et al., 2017).
    Norm,
    /// Not a divisor: each score is replaced by the share of the units of the same output (of the same row of
    /// blocks) that go before it, 0 ≤ r < 1. So every output loses the same share, as Sun et al. (2024) compare
    /// weights for `wanda`; exactly, where that share is a whole number of weights. Of channels it is the share
    /// of those that go together with it.
    OutputRank,
}

impl Normalizer {
    /// Normalizes the scores of `units`, which are in `rows` rows of equal length: one for each output.
    pub(super) fn apply(self, units: &mut Units<'_>, rows: usize) {
        if self != Self::None {
            let all: Vec<(bool, f32)> = units.iter().map(|(score, kept)| (kept > 0, score)).collect();
            *units.scores.to_mut() = self.normalized(&all, rows);
        }
    }

    /// The normalized scores of the units of one layer, of which each is there or gone, and has a score.
    pub(super) fn normalized(self, units: &[(bool, f32)], rows: usize) -> Vec<f32> {
        let present =
            || units.iter().filter(|(is_there, _)| *is_there).map(|(_, score)| f64::from(*score).abs());
        let divisor = match self {
            Self::None => 1.0,
            Self::OutputRank => return ranks_within_rows(units, rows),
            Self::Mean => present().sum::<f64>() / present().count().max(1) as f64,
            Self::Max => present().fold(0.0, f64::max),
            Self::Norm => present().map(|score| score * score).sum::<f64>().sqrt(),
        };
        let divisor = if divisor > 0.0 && divisor.is_finite() { divisor } else { 1.0 };
        units.iter().map(|(_, score)| (f64::from(*score) / divisor) as f32).collect()
    }
}

/// The rank of each unit within its row, from 0 for the one that goes first, as a share of the row. Units that are
/// gone are the first.
fn ranks_within_rows(units: &[(bool, f32)], rows: usize) -> Vec<f32> {
    let length = units.len() / rows;
    let ranks = units.chunks(length).flat_map(ranks);
    ranks.map(|rank| rank as f32 / length as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LayerCost;
    use crate::prune::Mask;
    use crate::prune::units::KeptWeights;
    use std::borrow::Cow;

    /// Two rows of two weights, of which the last is gone.
    fn normalized(normalizer: Normalizer, scores: [f32; 4]) -> Vec<f32> {
        let layer = LayerCost { name: "fc".into(), weights: 4, macs: 4 };
        let mask: Mask = [true, true, true, false].into_iter().collect();
        let mut units =
            Units { layer: &layer, scores: Cow::Borrowed(&scores), kept: KeptWeights::Single(&mask) };
        normalizer.apply(&mut units, 2);
        units.scores.into_owned()
    }

    const SCORES: [f32; 4] = [1.0, -2.0, 6.0, 90.0];

    // Of the kept ones the mean is (1 + 2 + 6) / 3 = 3, the largest 6 and the norm √(1 + 4 + 36).
    #[test]
    fn scores_are_divided_by_what_the_layers_kept_units_have() {
        assert_eq!(normalized(Normalizer::None, SCORES), SCORES);
        assert_eq!(normalized(Normalizer::Mean, SCORES)[..3], [1.0 / 3.0, -2.0 / 3.0, 2.0]);
        assert_eq!(normalized(Normalizer::Max, SCORES)[..3], [1.0 / 6.0, -1.0 / 3.0, 1.0]);
        let norm = normalized(Normalizer::Norm, SCORES);
        assert!((norm[2] - 0.937_042_6).abs() < 1e-6, "{norm:?}");
    }

    #[test]
    fn a_layer_without_scores_to_divide_by_stays() {
        for scores in [[0.0; 4], [f32::INFINITY; 4]] {
            for normalizer in [Normalizer::Mean, Normalizer::Max, Normalizer::Norm] {
                assert_eq!(normalized(normalizer, scores), scores, "{normalizer:?}");
            }
        }
    }

    // The first row's order is −2, 1; in the second the last is gone, so it is the first to go.
    #[test]
    fn ranks_are_shares_of_the_row() {
        assert_eq!(normalized(Normalizer::OutputRank, SCORES), [0.5, 0.0, 0.5, 0.0]);
    }
}
