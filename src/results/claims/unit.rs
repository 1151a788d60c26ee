//! What numbers of claims are in, and how they are written.

use super::Region;
use crate::format::real;
use crate::results::{Column, Format};
use crate::spec::Claim;

/// What the numbers of a claim are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Differences of shares, shown in percentage points.
    Points,
    Ratio,
    /// Differences of what is no share.
    Plain,
}

impl Unit {
    pub fn of(claim: &Claim) -> Self {
        let is_share = claim.is_of_summary()
            || Column::named(&claim.metric).is_some_and(|column| column.format == Format::Percent);
        match (claim.is_ratio(), is_share) {
            (true, _) => Self::Ratio,
            (false, true) => Self::Points,
            (false, false) => Self::Plain,
        }
    }

    /// A difference or a ratio.
    pub fn number(self, value: f64) -> String {
        match self {
            Self::Points => format!("{} pp", signed(100.0 * value, 2)),
            Self::Ratio => fixed(value, 3),
            Self::Plain => signed(value, decimals(value)),
        }
    }

    /// How large a difference is, whichever way.
    pub fn size(self, value: f64) -> String {
        match self {
            Self::Points => format!("{} pp", fixed(100.0 * value, 2)),
            Self::Ratio => fixed(value, 3),
            Self::Plain => fixed(value, decimals(value)),
        }
    }

    /// `[−0.15, +0.62] pp`
    pub fn interval(self, [low, high]: [f64; 2]) -> String {
        match self {
            Self::Points => format!("[{}, {}] pp", signed(100.0 * low, 2), signed(100.0 * high, 2)),
            Self::Ratio | Self::Plain => format!("[{}, {}]", self.number(low), self.number(high)),
        }
    }

    /// `≥ −0.10 pp`, `≤ 1.1`, `−0.10 pp to +0.10 pp`
    pub fn region(self, region: Region) -> String {
        match (region.low.is_finite(), region.high.is_finite()) {
            (true, false) => format!("≥ {}", self.number(region.low)),
            (false, true) => format!("≤ {}", self.number(region.high)),
            _ => format!("{} to {}", self.number(region.low), self.number(region.high)),
        }
    }
}

/// With a sign, but for what is written as zero.
fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value.abs(), decimals);
    match (text.bytes().all(|byte| byte == b'0' || byte == b'.'), value < 0.0) {
        (true, _) => text,
        (false, true) => format!("−{text}"),
        (false, false) => format!("+{text}"),
    }
}

/// So many decimals, but for what is too large to have any.
fn fixed(value: f64, decimals: usize) -> String {
    if value.abs() < 1e16 { format!("{value:.decimals$}") } else { real(value) }
}

/// Decimals that show three digits of `value`.
fn decimals(value: f64) -> usize {
    let size = value.abs();
    let wanted = (1..12).find(|&digits| size * 10f64.powi(digits) >= 100.0);
    if size >= 100.0 { 0 } else { wanted.unwrap_or(3) as usize }
}

/// `0.0123`, `< 0.0001`
pub(crate) fn probability(p: f64) -> String {
    if p < 1e-4 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_sign_and_three_digits() {
        assert_eq!(Unit::Points.number(-0.0015), "−0.15 pp");
        assert_eq!(Unit::Points.number(0.00001), "0.00 pp");
        assert_eq!(Unit::Points.interval([-0.0015, 0.0062]), "[−0.15, +0.62] pp");
        assert_eq!(Unit::Plain.number(0.01234), "+0.0123");
        assert_eq!(Unit::Plain.number(-123.4), "−123");
        assert_eq!(Unit::Plain.number(0.0), "0.000");
        assert_eq!(Unit::Plain.number(-1e308), "−1e308");
        assert_eq!(Unit::Plain.region(Region { low: 1e20, high: f64::INFINITY }), "≥ +1e20");
        assert_eq!(Unit::Ratio.size(1e300), "1e300");
        assert_eq!(Unit::Ratio.number(1.0567), "1.057");
        assert_eq!(Unit::Points.region(Region { low: -0.001, high: f64::INFINITY }), "≥ −0.10 pp");
        assert_eq!(Unit::Ratio.region(Region { low: f64::NEG_INFINITY, high: 1.1 }), "≤ 1.100");
        assert_eq!(Unit::Points.region(Region { low: -0.01, high: 0.01 }), "−1.00 pp to +1.00 pp");
        assert_eq!([0.5, 0.00001].map(probability), ["0.5000", "< 0.0001"]);
    }
}
