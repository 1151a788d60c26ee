//! The statistics against SciPy and NumPy: see `tests/reference/seed_statistics.py`.

use super::{Paired, Unpaired, bootstrap, interquartile_mean, wilson};
use crate::results::claims::Evidence;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    paired: Vec<Pairs>,
    unpaired: Vec<NoPairs>,
    equivalence: Vec<Equivalence>,
    robust: Vec<Robust>,
    wilson: Vec<Wilson>,
}

#[derive(Deserialize)]
struct Pairs {
    a: Vec<f64>,
    b: Vec<f64>,
    mean: f64,
    low: f64,
    high: f64,
    t: f64,
    p: f64,
    effect: f64,
    hedges: f64,
    sign_flip: f64,
}

#[derive(Deserialize)]
struct NoPairs {
    a: Vec<f64>,
    b: Vec<f64>,
    difference: f64,
    low: f64,
    high: f64,
    t: f64,
    freedom: f64,
    p: f64,
    hedges: f64,
}

#[derive(Deserialize)]
struct Equivalence {
    values: Vec<f64>,
    low: f64,
    high: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Robust {
    values: Vec<f64>,
    mean: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Wilson {
    right: u64,
    images: u64,
    low: f64,
    high: f64,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../tests/reference/seed-statistics.json")).unwrap()
}

/// Quantiles of Student's t are found to nine digits.
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-8 * expected.abs().max(1e-3), "{found} is not {expected}");
}

#[test]
fn two_settings_paired_by_seed() {
    for Pairs { a, b, mean, low, high, t, p, effect, hedges, sign_flip } in reference().paired {
        let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
        let found = Paired::of(&differences);
        let test = found.test.unwrap();
        near(found.difference.mean, mean);
        near(found.difference.low(), low);
        near(found.difference.high(), high);
        near(test.t, t);
        near(test.p, p);
        near(found.effect().unwrap(), effect);
        near(found.hedges().unwrap(), hedges);
        near(found.sign_flip.p.unwrap(), sign_flip);
    }
}

#[test]
fn two_settings_without_a_seed_in_common() {
    for NoPairs { a, b, difference, low, high, t, freedom, p, hedges } in reference().unpaired {
        let found = Unpaired::of(&a, &b).unwrap();
        assert_eq!(found.n, [a.len(), b.len()]);
        near(found.difference, difference);
        near(found.difference - found.half_width, low);
        near(found.difference + found.half_width, high);
        let test = found.test.unwrap();
        near(test.t, t);
        near(test.freedom, freedom);
        near(test.p, p);
        near(found.hedges.unwrap(), hedges);
    }
}

#[test]
fn two_one_sided_tests_of_equivalence() {
    for Equivalence { values, low, high, p } in reference().equivalence {
        near(Evidence::of(&values).p_within(low, high).unwrap(), p);
    }
}

#[test]
fn the_interquartile_mean_and_its_bootstrap() {
    for Robust { values, mean, low, high } in reference().robust {
        near(interquartile_mean(&values), mean);
        let [found_low, found_high] = bootstrap(&values, interquartile_mean).unwrap();
        near(found_low, low);
        near(found_high, high);
    }
}

#[test]
fn the_interval_of_a_share_of_images() {
    for Wilson { right, images, low, high } in reference().wilson {
        let found = wilson(right as f64 / images as f64, images);
        near(found[0], low);
        near(found[1], high);
    }
}
