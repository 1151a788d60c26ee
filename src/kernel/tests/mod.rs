//! Every kernel of ours, and every default body, against sums in double precision written out here.

mod convolution;
mod features;
mod linear;
mod loss;
mod norm;
mod pool;
mod update;

use burn::tensor::{Tensor, TensorData};
use burn_flex::{Flex, FlexDevice};
use proptest::prelude::*;
use proptest::test_runner::Config;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Of the largest value expected.
const TOLERANCE: f64 = 1e-4;

fn cases(count: u32) -> Config {
    Config { cases: count, ..Config::default() }
}

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| generator.random_range(-1.0..1.0)).collect()
}

#[track_caller]
fn assert_near(what: &str, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1e-3_f64, |largest, value| largest.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*found) - expected).abs() / largest;
        assert!(error <= TOLERANCE, "{what}: {found} at {index} is not {expected}");
    }
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D]) -> Tensor<Flex, D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), &FlexDevice)
}

fn list<const D: usize>(tensor: Tensor<Flex, D>) -> Vec<f32> {
    tensor.into_data().to_vec().unwrap()
}

fn relu(activation: Activation, value: f64) -> f64 {
    if activation == Activation::Relu { value.max(0.0) } else { value }
}

/// Every index below `ends`, the last one fastest.
fn indices(ends: [usize; 4]) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    let [a, b, c, d] = ends;
    (0..a * b * c * d).map(move |at| (at / (b * c * d), at / (c * d) % b, at / d % c, at % d))
}

/// What went wrong must be seen, not become a zero on the way.
#[test]
fn what_is_not_a_number_stays_so() {
    let op = Convolution { stride: 1, padding: 0, groups: 1, activation: Activation::Relu };
    let nan = Flex::convolution(op, tensor(&[f32::NAN], [1, 1, 1, 1]), tensor(&[1.0], [1, 1, 1, 1]), None);
    assert!(list(nan)[0].is_nan());
    let op = Linear { activation: Activation::Relu, kept: None };
    assert!(
        list(Flex::linear_layer(&op, tensor(&[f32::NAN], [1, 1]), tensor(&[1.0], [1, 1]), None))[0].is_nan()
    );
    let pooled =
        Flex::max_pool(MaxPool { kernel: 2, stride: 2 }, tensor(&[1.0, f32::NAN, 2.0, 3.0], [1, 2, 2, 1]));
    assert!(list(pooled)[0].is_nan());
    let one = || tensor(&[1.0], [1]);
    let norm = Norm { mean: one(), variance: one(), weight: one(), bias: one() };
    let op = Normalization { epsilon: 1e-5, statistics: Statistics::Running, activation: Activation::Relu };
    assert!(list(Flex::normalize(op, tensor(&[f32::NAN], [1, 1, 1, 1]), norm, None))[0].is_nan());
}
