//! Always the same rate.

/// The base rate.
pub(super) fn rate(lr: f64) -> f64 {
    lr
}
