//! What a claim allows.

/// The numbers for which a claim holds: from `low` to `high`, either of which may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    pub low: f64,
    pub high: f64,
}

impl Region {
    /// What is allowed where the tolerance is `factor` times as wide, seen from `centre`: no difference. An end that asks
    /// for a difference asks for as many times less of it, so that a wider tolerance always allows more; of two such ends the
    /// width is scaled, around their middle.
    pub fn scaled(self, factor: f64, centre: f64) -> Self {
        if self.low.is_finite() && self.high.is_finite() && !self.holds(centre) {
            let (middle, half) = ((self.low + self.high) / 2.0, factor * (self.high - self.low) / 2.0);
            return Self { low: middle - half, high: middle + half };
        }
        let scale = |end: f64, allows: bool| {
            let factor = if allows { factor } else { 1.0 / factor };
            centre + factor * (end - centre)
        };
        Self { low: scale(self.low, self.low <= centre), high: scale(self.high, self.high >= centre) }
    }

    /// How far `value` is from the nearest end.
    pub fn distance(self, value: f64) -> f64 {
        (value - self.low).abs().min((value - self.high).abs())
    }

    pub fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The least distance of an end from `centre`: how much may be lost before it no longer holds, or has to be gained
    /// before it does.
    pub fn tolerance(self, centre: f64) -> f64 {
        self.distance(centre)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_scaled_from_where_nothing_differs() {
        let loss = Region { low: -0.01, high: f64::INFINITY };
        assert_eq!(loss.scaled(0.5, 0.0), Region { low: -0.005, high: f64::INFINITY });
        assert_eq!(loss.tolerance(0.0), 0.01);
        let ratio = Region { low: 0.75, high: 1.5 };
        assert_eq!(ratio.scaled(2.0, 1.0), Region { low: 0.5, high: 2.0 });
        assert_eq!(ratio.tolerance(1.0), 0.25);
        let gain = Region { low: 0.01, high: f64::INFINITY };
        assert_eq!(gain.scaled(2.0, 0.0), Region { low: 0.005, high: f64::INFINITY });
        assert_eq!(gain.scaled(0.5, 0.0), Region { low: 0.02, high: f64::INFINITY });
        let between = Region { low: 0.005, high: 0.02 };
        let half = between.scaled(0.5, 0.0);
        assert!((half.low - 0.00875).abs() < 1e-12 && (half.high - 0.01625).abs() < 1e-12, "{half:?}");
        let share = Region { low: 0.25, high: 0.5 };
        assert_eq!(share.scaled(2.0, 1.0), Region { low: 0.125, high: 0.625 });
    }
}
