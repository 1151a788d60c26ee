//! Elementary functions that give the same bits everywhere.
//!
//! The standard library's `exp`, `ln`, `cos` and `powf` are those of the platform, whose last digits differ
//! from one release to the next. These are made of operations that IEEE 754 rounds in one way only, and are
//! right to within three units in the last place.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI};

/// ln 2 in two parts; the first ends in 21 zero bits, so that its product with an exponent is exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// 1 / n! for n = 0, 1, …
const INVERSE_FACTORIALS: [f64; 20] = {
    let mut inverses = [1.0; 20];
    let mut factorial = 1.0;
    let mut n = 1;
    while n < inverses.len() {
        factorial *= n as f64;
        inverses[n] = 1.0 / factorial;
        n += 1;
    }
    inverses
};

/// 1 / (2n + 1) for n = 0, 1, …
const INVERSE_ODD: [f64; 12] = {
    let mut inverses = [1.0; 12];
    let mut n = 1;
    while n < inverses.len() {
        inverses[n] = 1.0 / (2 * n + 1) as f64;
        n += 1;
    }
    inverses
};

/// Σ cₙ·xⁿ
fn polynomial(coefficients: impl DoubleEndedIterator<Item = f64>, x: f64) -> f64 {
    coefficients.rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// eˣ: with x = k · ln 2 + r and |r| ≤ ½ ln 2, 2ᵏ times the Taylor series of eʳ.
pub fn exp(x: f64) -> f64 {
    // Beyond these eˣ is infinite, or zero.
    let x = x.clamp(-746.0, 710.0);
    // Near 1.5 · 2⁵² the numbers that an f64 holds are whole, so the sum is rounded to one.
    let k = (x / LN_2 + 6_755_399_441_055_744.0) - 6_755_399_441_055_744.0;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let series = polynomial(INVERSE_FACTORIALS.into_iter().take(14), r);
    // 2ᵏ alone may lie outside of what an f64 holds.
    let (k, half) = (k as i64, k as i64 / 2);
    series * power_of_two(half) * power_of_two(k - half)
}

/// 2ᵏ for |k| < 1023.
fn power_of_two(k: i64) -> f64 {
    f64::from_bits(((1023 + k) as u64) << 52)
}

/// ln x: with x = 2ᵏ · m and √½ ≤ m < √2, k · ln 2 + 2 · artanh((m − 1) / (m + 1)) by its series.
pub fn ln(x: f64) -> f64 {
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x < 0.0 || x.is_nan() || x == f64::INFINITY {
        return if x > 0.0 { x } else { f64::NAN };
    }
    if x < f64::MIN_POSITIVE {
        return ln(x * power_of_two(54)) - 54.0 * LN_2;
    }
    let k = (x.to_bits() as i64 - FRAC_1_SQRT_2.to_bits() as i64) >> 52;
    let m = f64::from_bits((x.to_bits() as i64 - (k << 52)) as u64);
    let s = (m - 1.0) / (m + 1.0);
    let artanh = s * polynomial(INVERSE_ODD.into_iter(), s * s);
    k as f64 * LN_2_HIGH + (2.0 * artanh + k as f64 * LN_2_LOW)
}

/// ln(1 + x), also where x is so small that 1 + x is rounded: ln(1 + x) / x hardly changes by that (Kahan).
pub fn ln_1p(x: f64) -> f64 {
    let sum = 1.0 + x;
    if sum == 1.0 || sum == f64::INFINITY { x } else { ln(sum) * (x / (sum - 1.0)) }
}

/// xʸ. A negative x has whole powers only.
pub fn powf(x: f64, y: f64) -> f64 {
    let is_odd = y % 2.0 != 0.0;
    let size = match x.abs() {
        _ if y == 0.0 => 1.0,
        0.0 => {
            if y > 0.0 {
                0.0
            } else {
                f64::INFINITY
            }
        }
        size => exp(y * ln(size)),
    };
    match x < 0.0 {
        true if y % 1.0 != 0.0 => f64::NAN,
        true if is_odd => -size,
        _ => size,
    }
}

/// cos(πx), by the Taylor series of the sine or cosine of an angle of at most π/4.
pub fn cos_pi(x: f64) -> f64 {
    // Subtractions of whole numbers from numbers near them are exact.
    let x = x - 2.0 * (x / 2.0).round();
    let quarter = (2.0 * x).round();
    let angle = PI * (x - quarter / 2.0);
    let square = angle * angle;
    // Coefficients of both series alternate in sign.
    let series = |first: usize| polynomial(INVERSE_FACTORIALS.into_iter().skip(first).step_by(2), -square);
    let (sine, cosine) = (angle * series(1), series(0));
    match quarter as i64 {
        0 => cosine,
        1 => -sine,
        -1 => sine,
        _ => -cosine,
    }
}

/// `base`ⁿ, by repeated squaring.
pub fn power(base: f64, exponent: u64) -> f64 {
    let (mut square, mut exponent, mut product) = (base, exponent, 1.0);
    while exponent > 0 {
        if exponent % 2 == 1 {
            product *= square;
        }
        square *= square;
        exponent /= 2;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To within three units in the last place of what the platform gives, itself right to within one.
    fn assert_near(found: f64, expected: f64, what: f64) {
        let error = (found - expected).abs();
        assert!(error <= 4.0 * f64::EPSILON * expected.abs(), "{found} is not {expected} at {what}");
    }

    #[test]
    fn known_values_are_exact() {
        assert_eq!([0.0, f64::INFINITY, f64::NEG_INFINITY].map(exp), [1.0, f64::INFINITY, 0.0]);
        assert_eq!([1.0, 2.0, 0.0, f64::INFINITY].map(ln), [0.0, LN_2, f64::NEG_INFINITY, f64::INFINITY]);
        assert_eq!(
            [0.0, 1e-300, f64::INFINITY, -1.0].map(ln_1p),
            [0.0, 1e-300, f64::INFINITY, f64::NEG_INFINITY]
        );
        assert_eq!([powf(0.0, 0.0), powf(0.0, 2.0), powf(0.0, -0.5)], [1.0, 0.0, f64::INFINITY]);
        assert_eq!([powf(1.0, 9.9), powf(-1.0, 3.0), powf(-1.0, 2.0)], [1.0, -1.0, 1.0]);
        assert!(powf(-2.0, 0.5).is_nan() && powf(f64::NAN, 2.0).is_nan());
        assert!(exp(f64::NAN).is_nan() && ln(f64::NAN).is_nan() && ln(-1.0).is_nan());
        assert_eq!([0.0, 0.5, 1.0, 1.5, 2.0, 7.0].map(cos_pi), [1.0, 0.0, -1.0, 0.0, 1.0, -1.0]);
        assert_eq!((power(3.0, 0), power(3.0, 5), power(0.5, 60)), (1.0, 243.0, 0.5_f64.powi(60)));
    }

    #[test]
    fn other_values_are_those_of_the_platform() {
        for step in -7_000..7_000 {
            let x = f64::from(step) / 10.0;
            assert_near(exp(x), x.exp(), x);
            let y = x.exp();
            assert_near(ln(y), y.ln(), y);
            let y = 1.0 + x / 1e4;
            assert_near(ln(y), y.ln(), y);
        }
        for step in -999..1_000 {
            let x = f64::from(step) / 1e3;
            assert_near(ln_1p(x), x.ln_1p(), x);
            assert_near(ln_1p(x * 1e-9), (x * 1e-9).ln_1p(), x);
            assert_near(powf(1.0 + x, -0.5), 1.0 / (1.0 + x).sqrt(), x);
        }
        assert_near(powf(-2.5, 3.0), -15.625, -2.5);
        for step in 0..1_000 {
            let x = f64::from(step) / 997.0;
            let error = (cos_pi(x) - (PI * x).cos()).abs();
            assert!(error < 5e-16, "cos π{x} is off by {error}");
        }
        assert_eq!(exp(-740.0), (-740.0_f64).exp());
        assert_near(ln(5e-324), 5e-324_f64.ln(), 5e-324);
    }

    // ln 10 = 2.302585092994045684…, e^-½ = 0.606530659712633423…, cos 60° = ½, cos 45° = √½.
    #[test]
    fn some_values_are_those_of_a_table() {
        assert_near(ln(10.0), std::f64::consts::LN_10, 10.0);
        assert_near(exp(-0.5), 0.606_530_659_712_633_4, -0.5);
        assert_near(cos_pi(1.0 / 3.0), 0.5, 1.0 / 3.0);
        assert_near(cos_pi(0.25), FRAC_1_SQRT_2, 0.25);
    }
}
