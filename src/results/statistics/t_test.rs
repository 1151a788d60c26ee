//! Student's t test.

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
    pub(super) fn new(t: f64, freedom: f64) -> Self {
        Self { t, freedom, p: (2.0 * above(t.abs(), freedom)).min(1.0) }
    }

    /// Of the mean of `values` against zero; `None` for one value.
    pub(super) fn of(values: &Estimate) -> Option<Self> {
        Some(Self::new(ratio(values.mean, values.error()?), (values.n - 1) as f64))
    }
}
