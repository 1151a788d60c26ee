//! The Pareto front of points in two quantities.

use crate::spec::Better;

/// The numbers of the points that no other one beats: none is as good in both quantities and better in one. In the order
/// in which the first quantity gets worse; equal points are all on it or all off it.
pub(super) fn front(points: &[[f64; 2]], better: [Better; 2]) -> Vec<usize> {
    let best_first = |axis: usize, a: usize, b: usize| {
        let order = points[a][axis].total_cmp(&points[b][axis]);
        match better[axis] {
            Better::Lower => order,
            Better::Higher => order.reverse(),
        }
    };
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|&a, &b| best_first(0, a, b).then(best_first(1, a, b)));
    let mut front: Vec<usize> = Vec::new();
    for point in order {
        let is_on_it = front.last().is_none_or(|&last| {
            points[point] == points[last] || better[1].prefers(points[point][1], points[last][1])
        });
        if is_on_it {
            front.push(point);
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use super::*;
    use Better::{Higher, Lower};
    use proptest::prelude::*;

    // By hand, of parameters and accuracy: 10 parameters with 0.7 beat 12 with 0.6 and 10 with 0.65; 20 with 0.9 beat 20
    // with 0.8 and 30 with 0.9.
    const POINTS: [[f64; 2]; 7] =
        [[30.0, 0.9], [10.0, 0.7], [20.0, 0.9], [12.0, 0.6], [20.0, 0.8], [10.0, 0.65], [40.0, 0.95]];

    #[test]
    fn points_that_no_other_one_beats_are_on_the_front() {
        assert_eq!(front(&POINTS, [Lower, Higher]), [1, 2, 6]);
    }

    // Compression for parameters and error for accuracy: both the other way round.
    #[test]
    fn what_is_better_is_said_for_each_quantity() {
        let turned = POINTS.map(|[x, y]| [-x, -y]);
        assert_eq!(front(&turned, [Higher, Lower]), [1, 2, 6]);
        // The largest and worst: 40 at 0.95 has the most, and 12 at 0.6 the least accuracy.
        assert_eq!(front(&POINTS, [Higher, Lower]), [6, 0, 4, 3]);
    }

    #[test]
    fn equal_points_are_on_the_front_together_and_none_is_no_front() {
        let twice = [[1.0, 0.5], [2.0, 0.4], [1.0, 0.5], [2.0, 0.4]];
        assert_eq!(front(&twice, [Lower, Higher]), [0, 2]);
        assert_eq!(front(&[[1.0, 0.5]], [Lower, Higher]), [0]);
        assert!(front(&[], [Lower, Higher]).is_empty());
    }

    proptest! {
        // The definition itself, pair by pair; few values, so that many are equal.
        #[test]
        fn the_front_is_what_no_other_point_beats(
            points in prop::collection::vec((0u8..6, 0u8..6), 0..30),
            lower in prop::array::uniform2(any::<bool>()),
        ) {
            let points: Vec<[f64; 2]> = points.iter().map(|&(x, y)| [x.into(), y.into()]).collect();
            let better = lower.map(|lower| if lower { Lower } else { Higher });
            let beats = |a: &[f64; 2], b: &[f64; 2]| {
                let is_worse = |axis: usize| better[axis].prefers(b[axis], a[axis]);
                !is_worse(0) && !is_worse(1) && a != b
            };
            let is_free = |&point: &usize| !points.iter().any(|other| beats(other, &points[point]));
            let expected: Vec<usize> = (0..points.len()).filter(is_free).collect();
            let mut found = front(&points, better);
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
