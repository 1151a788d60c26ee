//! Two settings that share no seeds.

use super::student::{quantile, ratio};
use super::{Estimate, Test};

/// What the numbers of two settings say of the difference of their means where they are not paired.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unpaired {
    /// Seeds of each.
    pub n: [usize; 2],
    pub difference: f64,
    /// Half the width of the 95 % confidence interval of the difference, by Welch's error and degrees of freedom.
    pub half_width: f64,
    /// Welch's test of the difference against zero; `None` where neither setting scatters, and they differ.
    pub test: Option<Test>,
    /// The difference by the standard deviation of both together, without the bias of few seeds: Hedges' g,
    /// d · (1 − 3 / (4(n₁ + n₂ − 2) − 1)); `None` where there is no test.
    pub hedges: Option<f64>,
}

impl Unpaired {
    /// Of the mean of `a` less that of `b`; `None` where one of them is of less than two numbers.
    pub fn of(a: &[f64], b: &[f64]) -> Option<Self> {
        if a.is_empty() || b.is_empty() {
            return None;
        }
        let (a, b) = (Estimate::of(a), Estimate::of(b));
        let freedom = [a.n - 1, b.n - 1].map(|freedom| freedom as f64);
        let (error, welch) = welch_error([a.error()?, b.error()?], freedom);
        let difference = a.mean - b.mean;
        let squares = a.deviation?.powi(2) * freedom[0] + b.deviation?.powi(2) * freedom[1];
        let freedom = freedom[0] + freedom[1];
        let test = Test::new(difference, error, welch);
        let hedges = ratio(difference, (squares / freedom).sqrt()) * (1.0 - 3.0 / (4.0 * freedom - 1.0));
        Some(Self {
            n: [a.n, b.n],
            difference,
            half_width: quantile(0.975, welch) * error,
            test,
            hedges: test.map(|_| hedges),
        })
    }
}

/// The standard error of the difference of two means with these `errors`, and its degrees of freedom by Welch and
/// Satterthwaite; with those of both where neither scatters.
pub(crate) fn welch_error(errors: [f64; 2], freedom: [f64; 2]) -> (f64, f64) {
    let [of_a, of_b] = errors.map(|error| error * error);
    let variance = of_a + of_b;
    let parts = of_a * of_a / freedom[0] + of_b * of_b / freedom[1];
    let freedom = if parts == 0.0 { freedom[0] + freedom[1] } else { variance * variance / parts };
    (variance.sqrt(), freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_do_not_scatter_test_nothing() {
        let certain = Unpaired::of(&[0.5, 0.5], &[0.25, 0.25]).unwrap();
        assert_eq!((certain.test, certain.hedges, certain.half_width), (None, None, 0.0));
        let none = Unpaired::of(&[0.5, 0.5], &[0.5, 0.5]).unwrap();
        assert_eq!((none.test.map(|test| (test.t, test.p)), none.hedges), (Some((0.0, 1.0)), Some(0.0)));
        assert_eq!(Unpaired::of(&[0.5], &[0.25, 0.5]), None);
        assert_eq!(Unpaired::of(&[], &[0.25, 0.5]), None);
    }
}
