//! The exact sign-flip test: a check on the t test that takes nothing as normal.

/// The share of all ways to sign the differences that move their mean as far from zero as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignFlip {
    /// Two-sided; `None` of more seeds than can be enumerated.
    pub p: Option<f64>,
    /// The least that it can be of so many seeds: 2 / 2ⁿ.
    pub least: f64,
}

/// Seeds whose 2ⁿ signs are enumerated.
const MOST: usize = 20;

impl SignFlip {
    /// Of at least one difference.
    pub fn of(differences: &[f64]) -> Self {
        let n = differences.len();
        let least = 2.0 / 2f64.powi(n as i32);
        if n > MOST {
            return Self { p: None, least };
        }
        let observed = differences.iter().sum::<f64>().abs();
        // Signs that give the same sum in another order of adding count as equal.
        let slack = 1e-12 * differences.iter().map(|difference| difference.abs()).sum::<f64>();
        let signed = |signs: usize| -> f64 {
            let terms = differences.iter().enumerate();
            terms.map(|(seed, value)| if signs >> seed & 1 == 1 { -value } else { *value }).sum()
        };
        let as_far = (0..1usize << n).filter(|&signs| signed(signs).abs() >= observed - slack).count();
        Self { p: Some(as_far as f64 / 2f64.powi(n as i32)), least }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_positive_differences_are_as_far_as_can_be() {
        let found = SignFlip::of(&[0.011, 0.009, 0.008, 0.010, 0.015]);
        assert_eq!(found, SignFlip { p: Some(0.0625), least: 0.0625 });
    }

    // 3 − 1 = 2: of ±3 ± 1 all four are at least 2 from zero.
    #[test]
    fn two_differences_by_hand() {
        assert_eq!(SignFlip::of(&[3.0, -1.0]).p, Some(1.0));
        assert_eq!(SignFlip::of(&[3.0, 1.0]).p, Some(0.5));
        assert_eq!(SignFlip::of(&[0.0, 0.0]).p, Some(1.0));
    }
}
