//! Linear layers and 1 × 1 convolutions with a sparse weight: forward and both gradients, computed for the
//! kept weights only.
//!
//! Images are transposed, so that a vector holds the same feature of many images: every kept weight then
//! multiplies whole vectors, wherever it is.

use super::product::{Start, multiply_add};
use super::transpose::{transpose, transpose_back};
use super::{Activation, Buffer, ColumnBlock, Isa, SparsityPattern};
use pulp::{Simd, WithSimd, bytemuck};
use rayon::prelude::*;

/// Number of image vectors in a group: four, or fewer where there are few images.
fn vectors_together(isa: Isa, images: usize) -> usize {
    match images.div_ceil(isa.lanes()) {
        0 | 1 => 1,
        2 => 2,
        _ => 4,
    }
}

/// Runs a task compiled for groups of `$vectors` vectors of images.
macro_rules! dispatch {
    ($isa:ident, $vectors:ident, $task:ident { $($field:tt)* }) => {
        match $vectors {
            1 => $isa.dispatch($task::<1> { $($field)* }),
            2 => $isa.dispatch($task::<2> { $($field)* }),
            _ => $isa.dispatch($task::<4> { $($field)* }),
        }
    };
}

/// Whether the sparse kernels are faster than the dense ones. Measured in units of what a dense layer spends
/// on a weight: a kept weight takes 1.5, transposing the images takes 16 for each input and output.
pub fn is_faster(pattern: &SparsityPattern) -> bool {
    let [outputs, inputs] = pattern.shape();
    16 * (inputs + outputs) + 3 * pattern.count() / 2 <= inputs * outputs
}

/// `out` [n, o] = `x` [n, i] · `weight`ᵀ (+ `bias` [o]), for a sparse `weight` [o, i].
pub fn forward(
    isa: Isa,
    pattern: &SparsityPattern,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    activation: Activation,
    out: &mut [f32],
) {
    let [outputs, inputs] = pattern.shape();
    let vectors = vectors_together(isa, x.len() / inputs);
    let group = vectors * isa.lanes();
    let x = transpose(isa, group, inputs, x);
    let mut transposed = Buffer::new(x.len() / inputs * outputs);
    let groups = x.par_chunks_exact(inputs * group).zip(transposed.par_chunks_exact_mut(outputs * group));
    groups
        .for_each(|(x, out)| dispatch!(isa, vectors, Forward { pattern, x, weight, bias, activation, out }));
    transpose_back(isa, group, outputs, &transposed, out);
}

/// `out` [n, i] (+)= `gradient` [n, o] · `weight`, for a sparse `weight` [o, i].
pub fn input_gradient(
    isa: Isa,
    pattern: &SparsityPattern,
    weight: &[f32],
    gradient: &[f32],
    start: Start<'_>,
    out: &mut [f32],
) {
    let [outputs, inputs] = pattern.shape();
    let vectors = vectors_together(isa, gradient.len() / outputs);
    let group = vectors * isa.lanes();
    let gradient = transpose(isa, group, outputs, gradient);
    let mut transposed = match start {
        Start::Out => transpose(isa, group, inputs, out),
        Start::Zero | Start::Bias(_) => Buffer::zeros(gradient.len() / outputs * inputs),
    };
    let groups =
        gradient.par_chunks_exact(outputs * group).zip(transposed.par_chunks_exact_mut(inputs * group));
    groups.for_each(|(gradient, out)| {
        dispatch!(isa, vectors, InputGradient { pattern, weight, gradient, out })
    });
    transpose_back(isa, group, inputs, &transposed, out);
}

/// `out` = the entries of `gradient`ᵀ · `x` at the kept weights, for `gradient` [n, o] and `x` [n, i].
pub fn weight_gradient(isa: Isa, pattern: &SparsityPattern, x: &[f32], gradient: &[f32], out: &mut [f32]) {
    let [outputs, inputs] = pattern.shape();
    let vectors = vectors_together(isa, x.len() / inputs);
    let group = vectors * isa.lanes();
    let (x, gradient) = (transpose(isa, group, inputs, x), transpose(isa, group, outputs, gradient));
    let mut rest = out;
    let of_block = |block| {
        let out = rest.split_off_mut(..ColumnBlock::count(block)).expect("a gradient for each kept weight");
        (block, out)
    };
    let tasks: Vec<_> = pattern.blocks().iter().map(of_block).collect();
    tasks.into_par_iter().for_each(|(block, out)| {
        dispatch!(isa, vectors, WeightGradient { pattern, block, x: &x, gradient: &gradient, out });
    });
}

/// The vectors that hold one feature of a group of images.
#[inline(always)]
fn vectors<S: Simd, const V: usize>(values: &[f32], feature: usize) -> &[S::f32s; V] {
    let group = V * S::F32_LANES;
    let vectors = S::as_simd_f32s(&values[feature * group..][..group]).0;
    vectors.first_chunk().expect("a group is as many vectors")
}

#[inline(always)]
fn vectors_mut<S: Simd, const V: usize>(values: &mut [f32], feature: usize) -> &mut [S::f32s; V] {
    let group = V * S::F32_LANES;
    let vectors = S::as_mut_simd_f32s(&mut values[feature * group..][..group]).0;
    vectors.first_chunk_mut().expect("a group is as many vectors")
}

struct Forward<'a, const V: usize> {
    pattern: &'a SparsityPattern,
    x: &'a [f32],
    weight: &'a [f32],
    bias: Option<&'a [f32]>,
    activation: Activation,
    out: &'a mut [f32],
}

impl<const V: usize> WithSimd for Forward<'_, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { pattern, x, weight, bias, activation, out } = self;
        let [outputs, _] = pattern.shape();
        let zero = simd.splat_f32s(0.0);
        for output in 0..outputs {
            let start = bias.map_or(0.0, |bias| bias[output]);
            *vectors_mut::<S, V>(out, output) = [simd.splat_f32s(start); V];
        }
        for block in pattern.blocks() {
            for output in 0..outputs {
                let out = vectors_mut::<S, V>(out, output);
                let mut sums = *out;
                let (range, inputs) = block.row(output);
                for (&input, &weight) in inputs.iter().zip(&weight[range]) {
                    let value = simd.splat_f32s(weight);
                    for (sum, &x) in sums.iter_mut().zip(vectors::<S, V>(x, input as usize)) {
                        *sum = multiply_add(simd, value, x, *sum);
                    }
                }
                *out = sums;
            }
        }
        if activation == Activation::Relu {
            for out in S::as_mut_simd_f32s(out).0 {
                *out = simd.select_f32s(simd.less_than_f32s(*out, zero), zero, *out);
            }
        }
    }
}

struct InputGradient<'a, const V: usize> {
    pattern: &'a SparsityPattern,
    weight: &'a [f32],
    gradient: &'a [f32],
    out: &'a mut [f32],
}

impl<const V: usize> WithSimd for InputGradient<'_, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { pattern, weight, gradient, out } = self;
        let [outputs, _] = pattern.shape();
        for block in pattern.blocks() {
            for output in 0..outputs {
                let gradient = *vectors::<S, V>(gradient, output);
                let (range, inputs) = block.row(output);
                for (&input, &weight) in inputs.iter().zip(&weight[range]) {
                    let value = simd.splat_f32s(weight);
                    for (out, &gradient) in vectors_mut::<S, V>(out, input as usize).iter_mut().zip(&gradient)
                    {
                        *out = multiply_add(simd, value, gradient, *out);
                    }
                }
            }
        }
    }
}

struct WeightGradient<'a, const V: usize> {
    pattern: &'a SparsityPattern,
    block: &'a ColumnBlock,
    /// All groups of images.
    x: &'a [f32],
    /// All groups of images.
    gradient: &'a [f32],
    /// The gradients of the block.
    out: &'a mut [f32],
}

impl<const V: usize> WithSimd for WeightGradient<'_, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { pattern, block, x, gradient, out } = self;
        let [outputs, inputs] = pattern.shape();
        let group = V * S::F32_LANES;
        out.fill(0.0);
        for (x, gradient) in x.chunks_exact(inputs * group).zip(gradient.chunks_exact(outputs * group)) {
            let mut rest = &mut *out;
            for output in 0..outputs {
                let (_, inputs) = block.row(output);
                let (out, others) = rest.split_at_mut(inputs.len());
                rest = others;
                let gradient = vectors::<S, V>(gradient, output);
                let (fours, others) = inputs.as_chunks::<4>();
                let (out_fours, out_others) = out.as_chunks_mut::<4>();
                for (inputs, out) in fours.iter().zip(out_fours) {
                    let mut sums = [simd.splat_f32s(0.0); 4];
                    for (sum, &input) in sums.iter_mut().zip(inputs) {
                        *sum = product(simd, vectors::<S, V>(x, input as usize), gradient);
                    }
                    for (out, sum) in out.iter_mut().zip(reduce(simd, sums)) {
                        *out += sum;
                    }
                }
                for (&input, out) in others.iter().zip(out_others) {
                    *out += simd.reduce_sum_f32s(product(simd, vectors::<S, V>(x, input as usize), gradient));
                }
            }
        }
    }
}

/// The dot product of `x` and `y`, one partial sum a lane.
#[inline(always)]
fn product<S: Simd, const V: usize>(simd: S, x: &[S::f32s; V], y: &[S::f32s; V]) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    for (&x, &y) in x.iter().zip(y) {
        sum = multiply_add(simd, x, y, sum);
    }
    sum
}

/// The sum over the lanes of each vector.
#[inline(always)]
fn reduce<S: Simd>(simd: S, vectors: [S::f32s; 4]) -> [f32; 4] {
    let [a, b, c, d] = simd.interleave_shfl_f32s(vectors);
    let sum = simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d));
    let quads: &[[f32; 4]] = bytemuck::cast_slice(std::slice::from_ref(&sum));
    let mut sums = [0.0; 4];
    for quad in quads {
        for (sum, value) in sums.iter_mut().zip(quad) {
            *sum += value;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    // By hand: half of 784 × 300 weights take 176,400 and transposing 17,344, of 235,200 for a dense layer;
    // all weights take 352,800. For 16 × 32 transposing takes 768, more than the 512 of a dense layer.
    #[test]
    fn a_large_layer_with_few_weights_is_faster_sparse() {
        let pattern = |inputs: usize, outputs: usize, one_in: usize| {
            SparsityPattern::new(
                &(0..inputs * outputs).map(|at| at % one_in == 0).collect::<Vec<_>>(),
                inputs,
            )
        };
        assert!(is_faster(&pattern(784, 300, 2)));
        assert!(!is_faster(&pattern(784, 300, 1)));
        assert!(!is_faster(&pattern(16, 32, 100)));
    }
}
