//! Small weights against others.

use crate::prune::Mask;

/// What a layer exchanges.
#[derive(Clone, Debug)]
pub(in crate::prune) struct Exchange {
    /// Share of its kept weights.
    pub fraction: f64,
    /// The masked weights with the highest scores regrow; one a weight.
    pub scores: Vec<f32>,
}

/// `mask` without the smallest of its `weights`, and with as many others that score highest. Of equal ones the
/// first go, and the first regrow.
pub(in crate::prune) fn exchange(mask: &Mask, weights: &[f32], what: &Exchange) -> Mask {
    let mut kept: Vec<bool> = mask.iter().collect();
    let count = (what.fraction * mask.kept() as f64).floor() as usize;
    let mut present: Vec<usize> = (0..kept.len()).filter(|&index| kept[index]).collect();
    first(&mut present, count, |index| weights[index].abs());
    present[..count].iter().for_each(|&index| kept[index] = false);
    let mut absent: Vec<usize> = (0..kept.len()).filter(|&index| !kept[index]).collect();
    first(&mut absent, count, |index| -what.scores[index]);
    absent[..count].iter().for_each(|&index| kept[index] = true);
    kept.into_iter().collect()
}

/// Brings the `count` of `indices` with the lowest keys to the front; of equal keys the lower index counts first.
fn first(indices: &mut [usize], count: usize, key: impl Fn(usize) -> f32) {
    if count > 0 && count < indices.len() {
        indices.select_nth_unstable_by(count - 1, |&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(mask: [u8; 6], weights: [f32; 6], fraction: f64, scores: [f32; 6]) -> Vec<u8> {
        let mask: Mask = mask.iter().map(|&kept| kept == 1).collect();
        let what = Exchange { fraction, scores: scores.to_vec() };
        exchange(&mask, &weights, &what).iter().map(u8::from).collect()
    }

    // Half of four kept weights: −1 and 2 go, and of the other four places 4 and 1 have the highest scores.
    #[test]
    fn the_smallest_go_and_as_many_regrow_where_scores_are_highest() {
        let found =
            moved([1, 1, 0, 1, 0, 1], [3.0, -1.0, 0.0, 2.0, 0.0, -4.0], 0.5, [9.0, 7.0, 1.0, 2.0, 8.0, 9.0]);
        assert_eq!(found, [1, 1, 0, 0, 1, 1]);
    }

    // 0.7 · 3 = 2.1: two.
    #[test]
    fn the_number_is_rounded_down_and_the_first_of_equal_ones_count() {
        let found =
            moved([1, 1, 1, 0, 0, 0], [1.0, 1.0, 1.0, 0.0, 0.0, 0.0], 0.7, [0.0, 0.0, 0.0, 5.0, 5.0, 5.0]);
        assert_eq!(found, [0, 0, 1, 1, 1, 0]);
    }

    #[test]
    fn a_layer_that_keeps_all_or_nothing_stays_as_it_is() {
        assert_eq!(moved([1; 6], [1.0; 6], 0.5, [0.0; 6]), [1; 6]);
        assert_eq!(moved([0; 6], [0.0; 6], 0.5, [0.0; 6]), [0; 6]);
    }
}
