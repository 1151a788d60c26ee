//! What the seeds say of a claim: an estimate, its error, and how sure that is.

use crate::results::statistics::{Estimate, above, quantile, ratio, welch_error};

/// An estimate of what a claim is about, with what its uncertainty rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Seeds.
    pub n: usize,
    pub mean: f64,
    /// Its standard error and the degrees of freedom; `None` of one seed.
    pub error: Option<(f64, f64)>,
    /// The part of both that is of a published number, and that more seeds do not make smaller.
    pub published: Option<(f64, f64)>,
}

impl Evidence {
    /// Of one number a seed: differences or ratios of two settings that are paired by seed, or what is compared with a
    /// number that is taken as exact.
    pub fn of(values: &[f64]) -> Self {
        let estimate = Estimate::of(values);
        let error = estimate.error().map(|error| (error, (estimate.n - 1) as f64));
        Self { n: estimate.n, mean: estimate.mean, error, published: None }
    }

    /// Of the difference of `values` to a published mean of `runs` runs with a standard deviation: by Welch's error and
    /// degrees of freedom.
    pub fn beside(values: &[f64], published: f64, deviation: f64, runs: u32) -> Self {
        let estimate = Estimate::of(values);
        let other = deviation / f64::from(runs).sqrt();
        let freedom = [(estimate.n - 1) as f64, f64::from(runs.max(2) - 1)];
        let error = estimate.error().map(|own| welch_error([own, other], freedom));
        let mean = estimate.mean - published;
        Self { n: estimate.n, mean, error, published: Some((other, freedom[1])) }
    }

    /// The two-sided interval at `level`; `None` of one seed.
    pub fn interval(&self, level: f64) -> Option<[f64; 2]> {
        let (error, freedom) = self.error.filter(|_| (0.0..1.0).contains(&level))?;
        let half = quantile(0.5 + level / 2.0, freedom) * error;
        Some([self.mean - half, self.mean + half])
    }

    /// The p value of the one-sided t test that the true value lies above `low`, and of the one that it lies below
    /// `high`, whichever is larger: that of two one-sided tests where both are finite (Schuirmann, 1987).
    pub fn p_within(&self, low: f64, high: f64) -> Option<f64> {
        let (error, freedom) = self.error?;
        // Values that do not scatter are as certain at an end of what is allowed as elsewhere.
        if error == 0.0 {
            return Some(if (low..=high).contains(&self.mean) { 0.0 } else { 1.0 });
        }
        let beyond = |distance: f64| above(ratio(distance, error), freedom);
        Some(beyond(self.mean - low).max(beyond(high - self.mean)))
    }

    /// The standard deviation over the seeds; `None` of one.
    pub fn deviation(&self) -> Option<f64> {
        let fixed = self.published.map_or(0.0, |(error, _)| error);
        let own = (self.error?.0.powi(2) - fixed.powi(2)).max(0.0).sqrt();
        Some(own * (self.n as f64).sqrt())
    }

    /// About how many seeds would have an interval at `level` that is narrower than `distance` to either side, if they
    /// scattered as these do; `None` where that cannot be said, or is more than a million.
    pub fn seeds_for(&self, distance: f64, level: f64) -> Option<usize> {
        const MOST: usize = 1_000_000;
        let deviation = self.deviation()?;
        let half = |n: usize| {
            let (error, freedom) = (deviation / (n as f64).sqrt(), (n - 1) as f64);
            let (error, freedom) = match self.published {
                Some((other, others)) => welch_error([error, other], [freedom, others]),
                None => (error, freedom),
            };
            quantile(0.5 + level / 2.0, freedom) * error
        };
        if distance <= 0.0 || half(MOST) >= distance {
            return None;
        }
        let (mut low, mut high) = (1, 2);
        while half(high) >= distance {
            (low, high) = (high, (high * 2).min(MOST));
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if half(middle) < distance { high = middle } else { low = middle }
        }
        Some(high)
    }
}
