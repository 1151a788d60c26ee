//! By equal factors in equal times.

use crate::math::{exp, ln};

/// The number when the part `passed` of the time has passed.
pub(super) fn between(from: f64, to: f64, passed: f64) -> f64 {
    from * exp(ln(to / from) * passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_geometric_mean_at_half_time() {
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}");
        near(between(8.0, 2.0, 0.5), 4.0);
        near(between(1.0, 1000.0, 1.0 / 3.0), 10.0);
        assert_eq!(between(4.0, 4.0, 0.3), 4.0);
    }
}
