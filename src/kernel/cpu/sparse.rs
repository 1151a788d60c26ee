//! Linear layers of which only some weights are kept: forward and both gradients, at the kept weights
//! alone.
//!
//! Images are turned, so that a vector holds the same feature of many images: a weight then takes part in
//! whole vectors, wherever it is.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::product::{End, Start};
use super::turn::{turn, turn_back};
use super::{Buffer, Isa};
use crate::kernel::Kept;

/// Vectors of images that are worked on together.
const VECTORS: usize = 4;

/// Rows of weights of a task.
const ROWS: usize = 32;

/// `out` [n, o] = `x` [n, i] · the kept weights of `weight` [o, i], turned (+ `bias` [o]).
pub fn forward(
    isa: Isa,
    kept: &Kept,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    end: End,
    out: &mut [f32],
) {
    let [outputs, inputs] = kept.shape();
    let group = VECTORS * isa.lanes();
    let x = turn(isa, group, inputs, x);
    let mut turned = Buffer::new(x.len() / inputs * outputs);
    let groups = x.par_chunks_exact(inputs * group).zip(turned.par_chunks_exact_mut(outputs * group));
    groups.for_each(|(x, out)| isa.dispatch(Forward { kept, x, weight, bias, end, out }));
    turn_back(isa, group, outputs, &turned, out);
}

/// `out` [n, i] (+)= `gradient` [n, o] · the kept weights of `weight` [o, i].
pub fn input_gradient(
    isa: Isa,
    kept: &Kept,
    weight: &[f32],
    gradient: &[f32],
    start: Start<'_>,
    out: &mut [f32],
) {
    let [outputs, inputs] = kept.shape();
    let group = VECTORS * isa.lanes();
    let gradient = turn(isa, group, outputs, gradient);
    let mut turned = match start {
        Start::Out => turn(isa, group, inputs, out),
        Start::Zero | Start::Bias(_) => Buffer::zeros(gradient.len() / outputs * inputs),
    };
    let groups = gradient.par_chunks_exact(outputs * group).zip(turned.par_chunks_exact_mut(inputs * group));
    groups.for_each(|(gradient, out)| isa.dispatch(InputGradient { kept, weight, gradient, out }));
    turn_back(isa, group, inputs, &turned, out);
}

/// `out` [o, i] = the kept weights' gradient, `gradient` [n, o]ᵀ · `x` [n, i]; elsewhere it stays what it
/// was.
pub fn weight_gradient(isa: Isa, kept: &Kept, x: &[f32], gradient: &[f32], out: &mut [f32]) {
    let [outputs, inputs] = kept.shape();
    let group = VECTORS * isa.lanes();
    let (x, gradient) = (turn(isa, group, inputs, x), turn(isa, group, outputs, gradient));
    out.par_chunks_mut(ROWS * inputs).enumerate().for_each(|(task, out)| {
        let first = task * ROWS;
        isa.dispatch(WeightGradient { kept, x: &x, gradient: &gradient, first, out });
    });
}

/// The vectors of one feature of a group.
#[inline(always)]
fn vectors<S: Simd>(values: &[f32], feature: usize) -> &[S::f32s; VECTORS] {
    let group = VECTORS * S::F32_LANES;
    let vectors = S::as_simd_f32s(&values[feature * group..][..group]).0;
    vectors.first_chunk().expect("a group is as many vectors")
}

#[inline(always)]
fn vectors_mut<S: Simd>(values: &mut [f32], feature: usize) -> &mut [S::f32s; VECTORS] {
    let group = VECTORS * S::F32_LANES;
    let vectors = S::as_mut_simd_f32s(&mut values[feature * group..][..group]).0;
    vectors.first_chunk_mut().expect("a group is as many vectors")
}

struct Forward<'a> {
    kept: &'a Kept,
    x: &'a [f32],
    weight: &'a [f32],
    bias: Option<&'a [f32]>,
    end: End,
    out: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { kept, x, weight, bias, end, out } = self;
        let [outputs, inputs] = kept.shape();
        let zero = simd.splat_f32s(0.0);
        for output in 0..outputs {
            let weight = &weight[output * inputs..][..inputs];
            let mut sums = [simd.splat_f32s(bias.map_or(0.0, |bias| bias[output])); VECTORS];
            for &input in kept.row(output) {
                let value = simd.splat_f32s(weight[input as usize]);
                for (sum, &x) in sums.iter_mut().zip(vectors::<S>(x, input as usize)) {
                    *sum = simd.mul_add_e_f32s(value, x, *sum);
                }
            }
            if end == End::Relu {
                for sum in &mut sums {
                    *sum = simd.select_f32s(simd.less_than_f32s(*sum, zero), zero, *sum);
                }
            }
            *vectors_mut::<S>(out, output) = sums;
        }
    }
}

struct InputGradient<'a> {
    kept: &'a Kept,
    weight: &'a [f32],
    gradient: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for InputGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { kept, weight, gradient, out } = self;
        let [outputs, inputs] = kept.shape();
        for output in 0..outputs {
            let weight = &weight[output * inputs..][..inputs];
            let gradient = *vectors::<S>(gradient, output);
            for &input in kept.row(output) {
                let value = simd.splat_f32s(weight[input as usize]);
                for (out, &gradient) in vectors_mut::<S>(out, input as usize).iter_mut().zip(&gradient) {
                    *out = simd.mul_add_e_f32s(value, gradient, *out);
                }
            }
        }
    }
}

struct WeightGradient<'a> {
    kept: &'a Kept,
    /// All groups.
    x: &'a [f32],
    /// All groups.
    gradient: &'a [f32],
    /// The first row of `out`.
    first: usize,
    out: &'a mut [f32],
}

impl WithSimd for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { kept, x, gradient, first, out } = self;
        let [outputs, inputs] = kept.shape();
        let group = VECTORS * S::F32_LANES;
        for (output, out) in out.chunks_exact_mut(inputs).enumerate() {
            kept.row(first + output).iter().for_each(|&input| out[input as usize] = 0.0);
            for (x, gradient) in x.chunks_exact(inputs * group).zip(gradient.chunks_exact(outputs * group)) {
                let gradient = *vectors::<S>(gradient, first + output);
                for &input in kept.row(first + output) {
                    let mut sum = simd.splat_f32s(0.0);
                    for (&x, &gradient) in vectors::<S>(x, input as usize).iter().zip(&gradient) {
                        sum = simd.mul_add_e_f32s(x, gradient, sum);
                    }
                    out[input as usize] += simd.reduce_sum_f32s(sum);
                }
            }
        }
    }
}
