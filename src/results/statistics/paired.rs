//! Two settings whose draws are paired by seed.

use super::student::ratio;
use super::{Estimate, SignFlip, Test};

/// What the differences of two settings say, seed by seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    /// Of the differences.
    pub difference: Estimate,
    /// Student's t test of the differences against zero; `None` for one seed, and where they are all the same number.
    pub test: Option<Test>,
    pub sign_flip: SignFlip,
    /// Share of the seeds in which the difference is positive; half of one where it is zero.
    pub wins: f64,
}

impl Paired {
    /// Of at least one difference.
    pub fn of(differences: &[f64]) -> Self {
        let difference = Estimate::of(differences);
        let wins: f64 = differences
            .iter()
            .map(|&difference| match difference {
                difference if difference > 0.0 => 1.0,
                0.0 => 0.5,
                _ => 0.0,
            })
            .sum();
        Self {
            test: Test::of(&difference),
            sign_flip: SignFlip::of(differences),
            wins: wins / differences.len() as f64,
            difference,
        }
    }

    /// The effect size d_z: the mean difference by the differences' standard deviation; `None` where there is no test.
    pub fn effect(&self) -> Option<f64> {
        self.test?;
        Some(ratio(self.difference.mean, self.difference.deviation?))
    }

    /// The same without the bias of few seeds: Hedges' g, d_z · (1 − 3 / (4(n − 1) − 1)); `None` of two seeds, where that
    /// is zero whatever they are.
    pub fn hedges(&self) -> Option<f64> {
        let freedom = (self.difference.n - 1) as f64;
        let effect = self.effect()?;
        (freedom > 1.0).then(|| effect * (1.0 - 3.0 / (4.0 * freedom - 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 5] = [0.962, 0.958, 0.965, 0.960, 0.963];
    const B: [f64; 5] = [0.951, 0.949, 0.957, 0.950, 0.948];

    fn near(value: f64, expected: f64, tolerance: f64) {
        assert!((value - expected).abs() < tolerance, "{value} is not {expected}");
    }

    // With one degree of freedom its factor is 1 − 3 / 3.
    #[test]
    fn two_pairs_have_an_effect_and_no_unbiased_one() {
        let paired = Paired::of(&[0.01, 0.03]);
        assert!(paired.effect().is_some());
        assert_eq!(paired.hedges(), None);
    }

    // By SciPy 1.17 and statsmodels.
    #[test]
    fn five_pairs_as_scipy_has_them() {
        let paired = Paired::of(&std::array::from_fn::<_, 5, _>(|seed| A[seed] - B[seed]));
        near(paired.difference.mean, 0.0106, 1e-12);
        near(paired.difference.low(), 0.007_245_2, 1e-7);
        near(paired.difference.high(), 0.013_954_8, 1e-7);
        let test = paired.test.unwrap();
        near(test.t, 8.772_622, 1e-6);
        near(test.p, 0.000_930_933, 1e-9);
        near(paired.effect().unwrap(), 3.923_236, 1e-6);
        near(paired.hedges().unwrap(), 3.138_589, 1e-6);
        assert_eq!(paired.wins, 1.0);
    }

    #[test]
    fn one_seed_tests_nothing_nor_do_seeds_that_all_differ_alike() {
        for differences in [&[0.1][..], &[0.5, 0.5, 0.5]] {
            let paired = Paired::of(differences);
            assert_eq!((paired.test, paired.effect(), paired.hedges()), (None, None, None));
        }
        let same = Paired::of(&[0.0, 0.0]);
        assert_eq!(same.test.map(|test| (test.t, test.p)), Some((0.0, 1.0)));
    }
}
