//! Student's t test of a mean, and Welch's test of two.

use super::Estimate;
use super::student::{above, ratio};

/// A t test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// Infinite where the values do not scatter.
    pub t: f64,
    pub freedom: f64,
    /// Two-sided.
    pub p: f64,
}

impl Test {
    fn new(t: f64, freedom: f64) -> Self {
        Self { t, freedom, p: (2.0 * above(t.abs(), freedom)).min(1.0) }
    }

    /// Of the mean of `values` against zero; `None` for one value.
    pub(super) fn of(values: &Estimate) -> Option<Self> {
        Some(Self::new(ratio(values.mean, values.error()?), (values.n - 1) as f64))
    }
}

/// Welch's test of two means, of values that are not paired; `None` where one is of a single value.
pub fn welch(a: &[f64], b: &[f64]) -> Option<Test> {
    let (a, b) = (Estimate::of(a), Estimate::of(b));
    let [of_a, of_b] = [a, b].map(|estimate| estimate.error().map(|error| error * error));
    let (of_a, of_b) = (of_a?, of_b?);
    let variance = of_a + of_b;
    // Satterthwaite's degrees of freedom.
    let freedom = if variance == 0.0 {
        (a.n + b.n - 2) as f64
    } else {
        variance * variance / (of_a * of_a / (a.n - 1) as f64 + of_b * of_b / (b.n - 1) as f64)
    };
    Some(Test::new(ratio(a.mean - b.mean, variance.sqrt()), freedom))
}

#[cfg(test)]
mod tests {
    use super::*;

    // By SciPy 1.17.
    #[test]
    fn welch_is_as_scipy_has_it() {
        let a = [0.962, 0.958, 0.965, 0.960, 0.963];
        let b = [0.951, 0.949, 0.957, 0.950, 0.948];
        let test = welch(&a, &b).unwrap();
        assert!((test.t - 5.326_700).abs() < 1e-6 && (test.freedom - 7.483_822).abs() < 1e-6, "{test:?}");
    }

    #[test]
    fn values_that_do_not_scatter_differ_for_certain_or_not_at_all() {
        let certain = welch(&[0.5, 0.5], &[0.25, 0.25]).unwrap();
        assert_eq!((certain.t, certain.p), (f64::INFINITY, 0.0));
        let none = welch(&[0.5, 0.5], &[0.5, 0.5]).unwrap();
        assert_eq!((none.t, none.p), (0.0, 1.0));
        assert_eq!(welch(&[0.5], &[0.25, 0.5]), None);
    }
}
