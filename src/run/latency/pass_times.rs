//! How long forward passes took, and when enough of them were measured.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long the forward passes of a network take on one machine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Latency {
    /// Of one image.
    pub batch_1: PassTimes,
    /// Of 64 images together.
    pub batch_64: PassTimes,
}

/// The times of forward passes of one batch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PassTimes {
    pub median_ms: f64,
    /// The 90th percentile.
    pub p90_ms: f64,
    /// How many passes were measured.
    pub passes: usize,
}

/// How many passes are measured, and for how long.
pub struct Effort;

impl Effort {
    /// Passes that are not counted: kernels are compiled and caches filled.
    pub const WARM_UP: usize = 10;

    /// A network so slow that its passes take longer is warm after fewer, and measured in fewer.
    const PATIENCE: Duration = Duration::from_secs(10);
    pub const LEAST_WHERE_SLOW: usize = 10;

    pub const LEAST: usize = 50;
    /// Where these are done sooner, more are measured.
    const TIME: Duration = Duration::from_millis(500);
    const MOST: usize = 1000;

    /// Whether the network is warm after so many passes in such a time.
    pub fn is_warm(passes: usize, time: Duration) -> bool {
        passes >= Self::WARM_UP || passes > 0 && time >= Self::PATIENCE / 5
    }

    /// Whether so many passes in such a time are enough.
    pub fn is_enough(passes: usize, time: Duration) -> bool {
        let many = passes >= Self::LEAST && (time >= Self::TIME || passes >= Self::MOST);
        many || passes >= Self::LEAST_WHERE_SLOW && time >= Self::PATIENCE
    }
}

impl PassTimes {
    /// Of passes that took so many seconds each; there is one at least.
    pub(super) fn of(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        let [median, p90] = [0.5, 0.9].map(|share| quantile(&seconds, share));
        Self { median_ms: 1e3 * median, p90_ms: 1e3 * p90, passes: seconds.len() }
    }
}

/// The value below which lies `share` of `sorted`, between two of them by linear interpolation: Hyndman & Fan's
/// definition 7, the default of NumPy.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + place.fract() * (above - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    // `numpy.quantile([…], [0.5, 0.9])`, and by hand: of ten values the median is between the fifth and the sixth, and
    // the 90th percentile a tenth of the way from the ninth (10) to the tenth (100).
    #[test]
    fn median_and_percentile_are_those_of_numpy() {
        let of = |times: &[f64]| {
            let PassTimes { median_ms, p90_ms, passes } =
                PassTimes::of(times.iter().map(|time| time / 1e3).collect());
            (median_ms, p90_ms, passes)
        };
        let close = |found: (f64, f64, usize), expected: (f64, f64, usize)| {
            let is_near = |a: f64, b: f64| (a - b).abs() < 1e-9;
            assert!(is_near(found.0, expected.0) && is_near(found.1, expected.1), "{found:?}");
            assert_eq!(found.2, expected.2);
        };
        close(of(&[2.0, 100.0, 4.0, 1.0, 3.0, 10.0, 8.0, 5.0, 7.0, 6.0]), (5.5, 19.0, 10));
        close(of(&[3.0, 1.0, 2.0]), (2.0, 2.8, 3));
        close(of(&[7.0]), (7.0, 7.0, 1));
    }

    #[test]
    fn fifty_passes_are_measured_unless_they_are_slow() {
        let enough = |passes, millis| Effort::is_enough(passes, Duration::from_millis(millis));
        assert!(!enough(49, 9_999) && enough(50, 500) && !enough(50, 499));
        assert!(!enough(999, 499) && enough(1000, 1));
        assert!(!enough(9, 60_000) && enough(10, 10_000));
        let warm = |passes, millis| Effort::is_warm(passes, Duration::from_millis(millis));
        assert!(!warm(0, 60_000) && warm(1, 2_000) && !warm(9, 1_999) && warm(10, 0));
    }
}
