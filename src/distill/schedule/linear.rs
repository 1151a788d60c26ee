//! Along a straight line.

/// The number when the part `passed` of the time has passed.
pub(super) fn between(from: f64, to: f64, passed: f64) -> f64 {
    from + (to - from) * passed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_quarter_of_the_way_after_a_quarter_of_the_time() {
        assert_eq!(between(8.0, 4.0, 0.25), 7.0);
        assert_eq!(between(4.0, 4.0, 0.3), 4.0);
    }
}
