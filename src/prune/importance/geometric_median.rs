//! Filters that others can replace.

use super::criterion::Criterion;
use super::{Assessment, Needs, ScoreLevel, ScoringContext};
use crate::kernel::Kernel;
use crate::prune::PruneError;
use rayon::prelude::*;

/// Distances to the other filters, which every weight of a filter has for its score.
#[derive(Debug)]
pub struct GeometricMedian;

impl Criterion for GeometricMedian {
    fn needs(&self) -> Needs {
        Needs::Weights
    }

    fn score_level(&self) -> ScoreLevel {
        ScoreLevel::Outputs
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let weights = context.weights().into_iter();
        let of_layers = weights.map(|weight| distances(&weight.values, weight.shape[0]));
        Ok(context.of_outputs(of_layers).into())
    }
}

/// For each of `count` filters the sum of its distances to all that are not zero.
fn distances(weights: &[f32], count: usize) -> Vec<f64> {
    let filters: Vec<&[f32]> = weights.chunks_exact(weights.len() / count).collect();
    let is_there = |filter: &&&[f32]| filter.iter().any(|weight| *weight != 0.0);
    let others: Vec<&[f32]> = filters.iter().filter(is_there).copied().collect();
    // Each sum is in the order of the filters, whichever thread takes it.
    filters.par_iter().map(|one| others.iter().map(|other| distance(one, other)).sum()).collect()
}

fn distance(one: &[f32], other: &[f32]) -> f64 {
    let squares = one.iter().zip(other).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    squares.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Importance;
    use crate::prune::importance::testing::Toy;

    // (0, 3) and (4, 0) are 5 apart.
    #[test]
    fn every_weight_of_a_filter_has_its_distance_to_the_others() {
        let scores = Toy::new([0.0, 3.0, 4.0, 0.0], &[0]).scores(&Importance::GeometricMedian);
        assert_eq!(scores, [5.0, 5.0, 5.0, 5.0]);
    }

    // Of 1, 2 and 6 the middle one is nearest to the others: 1 + 5, 1 + 4 and 5 + 4. A zero, which was removed,
    // is at 1 + 2 + 6, and adds nothing to the others.
    #[test]
    fn the_filter_in_the_middle_matters_least_and_removed_ones_are_no_others() {
        assert_eq!(distances(&[1.0, 2.0, 6.0], 3), [6.0, 5.0, 9.0]);
        assert_eq!(distances(&[1.0, 0.0, 2.0, 6.0], 4), [6.0, 9.0, 5.0, 9.0]);
    }
}
