//! Along half a cosine.

use crate::math::cos_pi;

/// The number when the part `passed` of the time has passed.
pub(super) fn between(from: f64, to: f64, passed: f64) -> f64 {
    to + (from - to) * (1.0 + cos_pi(passed)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    // cos(π/3) = ½, so after a third of the time three quarters of the difference are left.
    #[test]
    fn is_slow_at_the_ends() {
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}");
        near(between(8.0, 4.0, 1.0 / 3.0), 7.0);
        near(between(8.0, 4.0, 0.5), 6.0);
        assert_eq!(between(4.0, 4.0, 0.3), 4.0);
    }
}
