//! Student's t test.

use super::Estimate;
use super::student::{above, ratio};

/// A t test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    pub t: f64,
    pub freedom: f64,
    /// Two-sided.
    pub p: f64,
}

impl Test {
    /// Of a mean with this standard error against zero; `None` where it is not zero and does not scatter: then nothing
    /// says by how much it might.
    pub(super) fn new(mean: f64, error: f64, freedom: f64) -> Option<Self> {
        if error == 0.0 && mean != 0.0 {
            return None;
        }
        let t = ratio(mean, error);
        Some(Self { t, freedom, p: (2.0 * above(t.abs(), freedom)).min(1.0) })
    }

    /// Of the mean of `values` against zero; `None` for one value, too.
    pub(super) fn of(values: &Estimate) -> Option<Self> {
        Self::new(values.mean, values.error()?, (values.n - 1) as f64)
    }
}
