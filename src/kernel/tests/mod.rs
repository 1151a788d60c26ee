//! Every CPU kernel and every default body, against sums in double precision written out here.

mod bits;
mod convolution;
mod features;
mod linear;
mod loss;
mod norm;
mod pool;
mod update;

use super::*;
use crate::cpu::{Isa, forced};
use crate::draw::{Draw, Generator, Purpose};
use burn::tensor::{Tensor, TensorData};
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::sync::Arc;

/// Relative to the largest expected value.
const TOLERANCE: f64 = 1e-4;

fn cases(count: u32) -> Config {
    Config { cases: count, ..Config::default() }
}

/// Any instruction set of this processor, and emulations of others.
fn isas() -> impl Strategy<Value = Isa> {
    proptest::sample::select(Isa::tested())
}

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut generator = Draw::new(seed, "kernel").generator(Purpose::SyntheticData, 0);
    (0..count).map(|_| 2.0 * generator.uniform_f32() - 1.0).collect()
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

/// Sets gradients to zero where the value before a ReLU is so near zero that rounding decides whether it passes.
fn without_kinks(gradient: &mut [f32], before: &[f64]) {
    let near = gradient.iter_mut().zip(before).filter(|(_, value)| value.abs() < 1e-3);
    near.for_each(|(gradient, _)| *gradient = 0.0);
}

fn relu(activation: Activation, value: f64) -> f64 {
    if activation == Activation::Relu { value.max(0.0) } else { value }
}

/// `weight` as a dense weight, or as a sparse one with this pattern.
fn weight_of<const W: usize>(
    weight: &[f32],
    shape: [usize; W],
    pattern: &Option<Arc<SparsityPattern>>,
) -> Weight<Flex, W> {
    match pattern {
        None => Weight::Dense(tensor(weight, shape)),
        Some(pattern) => {
            Weight::Sparse(Arc::clone(pattern), tensor(&pattern.gather(weight), [pattern.count()]))
        }
    }
}

/// The entries of the gradient of a dense weight that belong to stored weights.
fn gradient_of(weight: &[f64], pattern: &Option<Arc<SparsityPattern>>) -> Vec<f64> {
    match pattern {
        None => weight.to_vec(),
        Some(pattern) => pattern.positions().map(|position| weight[position]).collect(),
    }
}

/// Every index below `ends`, the last one fastest.
fn indices(ends: [usize; 4]) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    let [a, b, c, d] = ends;
    (0..a * b * c * d).map(move |at| (at / (b * c * d), at / (c * d) % b, at / d % c, at % d))
}

/// A NaN must stay visible and not become a zero.
#[test]
fn nan_stays_nan() {
    let op = Convolution { stride: 1, padding: 0, groups: 1, activation: Activation::Relu };
    let nan = Flex::convolution(
        op,
        tensor(&[f32::NAN], [1, 1, 1, 1]),
        Weight::Dense(tensor(&[1.0], [1, 1, 1, 1])),
        None,
    );
    assert!(list(nan)[0].is_nan());
    let dense = Weight::Dense(tensor(&[1.0], [1, 1]));
    let sparse = Weight::Sparse(Arc::new(SparsityPattern::new(&[true], 1)), tensor(&[1.0], [1]));
    for weight in [dense, sparse] {
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
