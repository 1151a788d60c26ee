//! Linear layers and 1 × 1 convolutions with a sparse weight: forward and both gradients, computed for the
//! kept weights only.
//!
//! Images are transposed, so that a vector holds the same feature of many images: every kept weight then
//! multiplies whole vectors, wherever it is.

use super::product::Start;
use super::transpose::{transpose, transpose_back};
use super::{Activation, Buffer, ColumnBlock, Isa, SparsityPattern};
use pulp::{Simd, WithSimd, bytemuck};
use rayon::prelude::*;

/// Images of a vector in the gradient of the weights, which sums over images: those of the longest vector. Shorter
/// ones take a part of it at a time.
const VECTOR: usize = 16;

/// Number of vectors of `lanes` images in a group: four, or fewer where there are few images.
fn vectors_together(lanes: usize, images: usize) -> usize {
    match images.div_ceil(lanes) {
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
    let vectors = vectors_together(isa.lanes(), x.len() / inputs);
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
    let vectors = vectors_together(isa.lanes(), gradient.len() / outputs);
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
    let vectors = vectors_together(VECTOR, x.len() / inputs);
    let group = vectors * VECTOR;
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
                        *sum = simd.mul_add_f32s(value, x, *sum);
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
                        *out = simd.mul_add_f32s(value, gradient, *out);
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
        let group = V * VECTOR;
        out.fill(0.0);
        for (x, gradient) in x.chunks_exact(inputs * group).zip(gradient.chunks_exact(outputs * group)) {
            let mut rest = &mut *out;
            for output in 0..outputs {
                let (_, inputs) = block.row(output);
                let (out, others) = rest.split_at_mut(inputs.len());
                rest = others;
                let gradient = &gradient[output * group..][..group];
                let (fours, others) = inputs.as_chunks();
                let (out_fours, out_others) = out.as_chunks_mut();
                for (inputs, out) in fours.iter().zip(out_fours) {
                    add_products::<S, V, 4>(simd, x, gradient, inputs, out);
                }
                for (input, out) in others.iter().zip(out_others) {
                    add_products::<S, V, 1>(simd, x, gradient, &[*input], std::array::from_mut(out));
                }
            }
        }
    }
}

/// Adds the dot products of the images' `inputs` with `gradient`, of one output, to `out`.
///
/// The order is that of vectors of [`VECTOR`] lanes whatever the length of a vector: each lane adds up over the
/// V vectors of the group, then the lanes l of every quad are added as (l₀ + l₁) + (l₂ + l₃), then the quads in
/// their order.
#[inline(always)]
fn add_products<S: Simd, const V: usize, const N: usize>(
    simd: S,
    x: &[f32],
    gradient: &[f32],
    inputs: &[u32; N],
    out: &mut [f32; N],
) {
    let group = V * VECTOR;
    let mut totals = [0.0; N];
    for part in (0..VECTOR).step_by(S::F32_LANES) {
        let load = |values: &[f32], vector: usize| {
            S::as_simd_f32s(&values[vector * VECTOR + part..][..S::F32_LANES]).0[0]
        };
        let gradient: [S::f32s; V] = std::array::from_fn(|vector| load(gradient, vector));
        let mut sums = [simd.splat_f32s(0.0); 4];
        for (sum, &input) in sums.iter_mut().zip(inputs) {
            let x = &x[input as usize * group..][..group];
            for (vector, &gradient) in gradient.iter().enumerate() {
                *sum = simd.mul_add_f32s(load(x, vector), gradient, *sum);
            }
        }
        let sums = add_quads(simd, sums);
        let quads: &[[f32; 4]] = bytemuck::cast_slice(std::slice::from_ref(&sums));
        for quad in quads {
            totals.iter_mut().zip(quad).for_each(|(total, value)| *total += value);
        }
    }
    out.iter_mut().zip(totals).for_each(|(out, total)| *out += total);
}

/// For each quad of lanes, the sum over its lanes of each vector: (l₀ + l₁) + (l₂ + l₃).
#[inline(always)]
fn add_quads<S: Simd>(simd: S, vectors: [S::f32s; 4]) -> S::f32s {
    #[cfg(test)]
    if tests::is_interleaved_across_quads::<S>() {
        return tests::add_quads_one_by_one(simd, vectors);
    }
    // Lane j of the quads of all vectors, since instructions interleave quad by quad.
    let [a, b, c, d] = simd.interleave_shfl_f32s(vectors);
    simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::{Scalar256b, Scalar512b};
    use std::any::TypeId;

    /// Whether `S` is an emulation of long vectors, which interleaves otherwise than the instructions.
    pub fn is_interleaved_across_quads<S: Simd>() -> bool {
        [TypeId::of::<Scalar256b>(), TypeId::of::<Scalar512b>()].contains(&TypeId::of::<S>())
    }

    pub fn add_quads_one_by_one<S: Simd>(simd: S, vectors: [S::f32s; 4]) -> S::f32s {
        let mut sums = simd.splat_f32s(0.0);
        let out: &mut [[f32; 4]] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut sums));
        for (vector, values) in vectors.iter().enumerate() {
            let quads: &[[f32; 4]] = bytemuck::cast_slice(std::slice::from_ref(values));
            for (out, [a, b, c, d]) in out.iter_mut().zip(quads) {
                out[vector] = (a + b) + (c + d);
            }
        }
        sums
    }

    /// The order that is written above, on each instruction set of this processor.
    #[test]
    fn quads_are_added_in_pairs() {
        struct Quads;
        impl WithSimd for Quads {
            type Output = bool;
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) -> bool {
                let mut vectors = [simd.splat_f32s(0.0); 4];
                let values: &mut [f32] = bytemuck::cast_slice_mut(&mut vectors);
                // Sizes apart, so that another order gives other bits.
                values
                    .iter_mut()
                    .enumerate()
                    .for_each(|(at, value)| *value = 1.1_f32.powi(at as i32 * 7 % 41));
                let bits = |sums: S::f32s| bytemuck::cast_slice::<S::f32s, u32>(&[sums]).to_vec();
                bits(add_quads(simd, vectors)) == bits(add_quads_one_by_one(simd, vectors))
            }
        }
        for isa in Isa::tested() {
            assert!(isa.dispatch(Quads), "{isa:?}");
        }
    }

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
