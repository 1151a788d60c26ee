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
use crate::kernel::cpu::{Isa, forced};
use std::sync::Arc;

/// Of the largest value expected.
const TOLERANCE: f64 = 1e-4;

fn cases(count: u32) -> Config {
    Config { cases: count, ..Config::default() }
}

/// Any instructions that this processor has.
fn isas() -> impl Strategy<Value = Isa> {
    proptest::sample::select(Isa::available())
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

/// `weight`, or what it keeps of it.
fn weight_of<const W: usize>(weight: &[f32], shape: [usize; W], kept: &Option<Arc<Kept>>) -> Weight<Flex, W> {
    match kept {
        None => Weight::All(tensor(weight, shape)),
        Some(kept) => Weight::Kept(Arc::clone(kept), tensor(&kept.gather(weight), [kept.count()])),
    }
}

/// Of a gradient of all weights, that of what a layer has.
fn gradient_of(weight: &[f64], kept: &Option<Arc<Kept>>) -> Vec<f64> {
    match kept {
        None => weight.to_vec(),
        Some(kept) => kept.places().map(|place| weight[place]).collect(),
    }
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
    let nan = Flex::convolution(
        op,
        tensor(&[f32::NAN], [1, 1, 1, 1]),
        Weight::All(tensor(&[1.0], [1, 1, 1, 1])),
        None,
    );
    assert!(list(nan)[0].is_nan());
    let all = Weight::All(tensor(&[1.0], [1, 1]));
    let kept = Weight::Kept(Arc::new(Kept::new(&[true], 1)), tensor(&[1.0], [1]));
    for weight in [all, kept] {
        let nan = Flex::linear_layer(Activation::Relu, tensor(&[f32::NAN], [1, 1]), weight, None);
        assert!(list(nan)[0].is_nan());
    }
    let pooled =
        Flex::max_pool(MaxPool { kernel: 2, stride: 2 }, tensor(&[1.0, f32::NAN, 2.0, 3.0], [1, 2, 2, 1]));
    assert!(list(pooled)[0].is_nan());
    let one = || tensor(&[1.0], [1]);
    let norm = Norm { mean: one(), variance: one(), weight: one(), bias: one() };
    let op = Normalization { epsilon: 1e-5, statistics: Statistics::Running, activation: Activation::Relu };
    assert!(list(Flex::normalize(op, tensor(&[f32::NAN], [1, 1, 1, 1]), norm, None))[0].is_nan());
}
