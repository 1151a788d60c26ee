//! Means and their uncertainty over seeds.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Mean of a few numbers, and how far the true mean may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub n: usize,
    pub mean: f64,
    /// Half the width of the 95 % confidence interval of the mean, by Student's t; `None` for one number.
    pub half_width: Option<f64>,
}

impl Estimate {
    /// Of at least one number.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let half_width = (n > 1).then(|| {
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let deviation = (squares / (n - 1) as f64).sqrt();
            student_t(n - 1) * deviation / (n as f64).sqrt()
        });
        Self { n, mean, half_width }
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

/// The 97.5 % quantile of Student's t.
fn student_t(freedom: usize) -> f64 {
    let t = StudentsT::new(0.0, 1.0, freedom as f64).expect("there is at least one degree of freedom");
    t.inverse_cdf(0.975)
}

#[cfg(test)]
mod tests {
    use super::*;

    // From the tables of the t distribution.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, expected) in [(1, 12.706_205), (2, 4.302_653), (4, 2.776_445), (9, 2.262_157)] {
            assert!((student_t(freedom) - expected).abs() < 1e-5, "{freedom}");
        }
    }

    // 1, 2, 3: mean 2, deviation 1, half width 4.302653/√3 = 2.484138.
    #[test]
    fn three_numbers_by_hand() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0]);
        assert_eq!((estimate.n, estimate.mean), (3, 2.0));
        assert!((estimate.half_width.unwrap() - 2.484_138).abs() < 1e-5);
    }

    #[test]
    fn one_number_has_no_interval() {
        assert_eq!(Estimate::of(&[0.5]), Estimate { n: 1, mean: 0.5, half_width: None });
    }
}
