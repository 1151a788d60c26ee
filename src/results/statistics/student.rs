//! Student's t distribution.

use statrs::distribution::{ContinuousCDF, StudentsT};

fn distribution(freedom: f64) -> StudentsT {
    StudentsT::new(0.0, 1.0, freedom).expect("the degrees of freedom are positive")
}

/// The value that a share `level` of Student's t lies below.
pub(crate) fn quantile(level: f64, freedom: f64) -> f64 {
    distribution(freedom).inverse_cdf(level)
}

/// The share of Student's t above `t`.
pub(crate) fn above(t: f64, freedom: f64) -> f64 {
    match t {
        t if t == f64::INFINITY => 0.0,
        t if t == f64::NEG_INFINITY => 1.0,
        t => distribution(freedom).sf(t),
    }
}

/// How many standard errors `distance` is; zero where both are.
pub(crate) fn ratio(distance: f64, error: f64) -> f64 {
    if distance == 0.0 { 0.0 } else { distance / error }
}

#[cfg(test)]
mod tests {
    use super::*;

    // From the tables of the t distribution.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, expected) in [(1.0, 12.706_205), (2.0, 4.302_653), (4.0, 2.776_445), (9.0, 2.262_157)] {
            assert!((quantile(0.975, freedom) - expected).abs() < 1e-5, "{freedom}");
        }
    }
}
