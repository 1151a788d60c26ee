//! Layer-adaptive magnitude-based pruning: scores that can be compared between layers.

use crate::prune::units::Units;
use std::borrow::Cow;

/// The same units with LAMP scores: with the squares in ascending order, s₁² ≤ s₂² ≤ …, that of unit u is
/// su² / Σ_{v ≥ u} sv². Units that are gone count nothing. The sums are taken in double precision from the largest
/// square on.
pub(super) fn rescored(units: Units<'_>) -> Units<'_> {
    let Units { layer, scores, kept } = units;
    let mut order: Vec<u32> = (0..scores.len() as u32).filter(|&unit| kept.of(unit as usize) > 0).collect();
    let size = |unit: u32| scores[unit as usize].abs();
    order.sort_by(|&a, &b| size(a).total_cmp(&size(b)));
    let mut lamp = vec![0.0; scores.len()];
    let mut sum = 0.0;
    for &unit in order.iter().rev() {
        let square = f64::from(size(unit)).powi(2);
        sum += square;
        // Where nothing has a size, nothing tells the units apart.
        lamp[unit as usize] = if sum > 0.0 { (square / sum) as f32 } else { 0.0 };
    }
    Units { layer, scores: Cow::Owned(lamp), kept }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LayerCost;
    use crate::prune::Mask;
    use crate::prune::units::KeptWeights;

    fn lamp(scores: &[f32], kept: &[bool]) -> Vec<f32> {
        let layer = LayerCost { name: "fc1".into(), weights: scores.len() as u64, macs: 0 };
        let mask: Mask = kept.iter().copied().collect();
        let units = Units { layer: &layer, scores: Cow::Borrowed(scores), kept: KeptWeights::Single(&mask) };
        rescored(units).scores.into_owned()
    }

    // Squares 9, 1, 4: the largest scores 9/9, then 4/13, then 1/14.
    #[test]
    fn a_score_is_its_share_of_what_is_not_smaller() {
        let expected = [1.0, 1.0 / 14.0, 4.0 / 13.0];
        assert_eq!(lamp(&[3.0, 1.0, -2.0], &[true; 3]), expected);
    }

    // Without the 3 the largest is 2: 4/4, and 1/5.
    #[test]
    fn what_is_gone_counts_nothing() {
        assert_eq!(lamp(&[3.0, 1.0, 2.0], &[false, true, true]), [0.0, 0.2, 1.0]);
    }

    // The first of two equal ones still has the second behind it.
    #[test]
    fn of_equal_scores_the_first_is_the_smaller() {
        assert_eq!(lamp(&[1.0, 1.0], &[true; 2]), [0.5, 1.0]);
        assert_eq!(lamp(&[0.0, 0.0], &[true; 2]), [0.0, 0.0]);
    }
}
