//! A mean and its uncertainty.

use super::student::quantile;

/// Mean of a few numbers, and how far the true mean may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub n: usize,
    pub mean: f64,
    /// Standard deviation of the numbers, over n − 1; `None` for one number.
    pub deviation: Option<f64>,
    /// Half the width of the 95 % confidence interval of the mean, by Student's t; `None` for one number.
    pub half_width: Option<f64>,
}

impl Estimate {
    /// Of at least one number.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let deviation = (n > 1).then(|| {
            if are_equal(values) {
                return 0.0;
            }
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            (squares / (n - 1) as f64).sqrt()
        });
        let mut estimate = Self { n, mean, deviation, half_width: None };
        estimate.half_width = estimate.half_width_at(0.95);
        estimate
    }

    /// Half the width of the confidence interval of the mean at `level`, by Student's t; `None` for one number.
    pub fn half_width_at(&self, level: f64) -> Option<f64> {
        let error = self.error()?;
        Some(quantile(0.5 + level / 2.0, (self.n - 1) as f64) * error)
    }

    /// The standard error of the mean; `None` for one number.
    pub fn error(&self) -> Option<f64> {
        Some(self.deviation? / (self.n as f64).sqrt())
    }

    /// Whether it can be drawn.
    pub fn is_finite(self) -> bool {
        self.low().is_finite() && self.high().is_finite()
    }

    pub fn low(self) -> f64 {
        self.mean - self.half_width.unwrap_or(0.0)
    }

    pub fn high(self) -> f64 {
        self.mean + self.half_width.unwrap_or(0.0)
    }
}

/// Whether `values` differ by no more than differences of shares are rounded.
fn are_equal(values: &[f64]) -> bool {
    const ROUNDING: f64 = 1e-12;
    let (least, most) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), &value| {
        (least.min(value), most.max(value))
    });
    most - least <= ROUNDING * least.abs().max(most.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    // 1, 2, 3: mean 2, deviation 1, half width 4.302653/√3 = 2.484138.
    #[test]
    fn three_numbers_by_hand() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0]);
        assert_eq!((estimate.n, estimate.mean, estimate.deviation), (3, 2.0, Some(1.0)));
        assert!((estimate.half_width.unwrap() - 2.484_138).abs() < 1e-5);
    }

    // By SciPy 1.17.
    #[test]
    fn five_accuracies_as_scipy_has_them() {
        let estimate = Estimate::of(&[0.962, 0.958, 0.965, 0.960, 0.963]);
        assert!((estimate.mean - 0.9616).abs() < 1e-9);
        assert!((estimate.deviation.unwrap() - 0.002_701_85).abs() < 1e-8);
        assert!((estimate.low() - 0.958_245).abs() < 1e-6 && (estimate.high() - 0.964_955).abs() < 1e-6);
    }

    #[test]
    fn what_differs_by_rounding_alone_does_not_scatter() {
        let differences = [0.9 - 0.7, 0.5 - 0.3, 0.3 - 0.1];
        assert!(differences[0] != differences[1], "{differences:?}");
        assert_eq!(Estimate::of(&differences).deviation, Some(0.0));
        assert!(Estimate::of(&[0.2, 0.2, 0.2 + 1e-9]).deviation > Some(0.0));
    }

    #[test]
    fn one_number_has_no_interval() {
        let one = Estimate { n: 1, mean: 0.5, deviation: None, half_width: None };
        assert_eq!(Estimate::of(&[0.5]), one);
        assert_eq!((one.error(), one.half_width_at(0.9)), (None, None));
    }
}
