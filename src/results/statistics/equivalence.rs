//! Two one-sided tests: whether a mean lies within limits.

use super::Estimate;
use super::student::{above, ratio};

/// The p value of two one-sided t tests that the mean of `values` lies between `low` and `high` (Schuirmann, 1987): the
/// larger of theirs. `None` for one value.
pub fn equivalence(values: &[f64], low: f64, high: f64) -> Option<f64> {
    let estimate = Estimate::of(values);
    let (error, freedom) = (estimate.error()?, (estimate.n - 1) as f64);
    let beyond = |distance: f64| above(ratio(distance, error), freedom);
    Some(beyond(estimate.mean - low).max(beyond(high - estimate.mean)))
}

#[cfg(test)]
mod tests {
    use super::*;

    // By statsmodels.
    #[test]
    fn five_differences_as_statsmodels_has_them() {
        let p = equivalence(&[0.011, 0.009, 0.008, 0.010, 0.015], 0.005, 0.02).unwrap();
        assert!((p - 0.004_886_75).abs() < 1e-8, "{p}");
    }

    #[test]
    fn a_mean_outside_is_not_equivalent() {
        assert!(equivalence(&[0.1, 0.2, 0.3], 0.25, 0.3).unwrap() > 0.5);
        assert_eq!(equivalence(&[0.1], 0.0, 1.0), None);
    }
}
