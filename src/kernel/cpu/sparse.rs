//! Linear layers, and convolutions of one pixel, of which only some weights are kept: forward and both
//! gradients, at the kept weights alone.
//!
//! Images are turned, so that a vector holds the same feature of many images: a weight then takes part in
//! whole vectors, wherever it is.

use pulp::{Simd, WithSimd, bytemuck};
use rayon::prelude::*;

use super::product::{Start, multiply_add};
use super::turn::{turn, turn_back};
use super::{Buffer, Isa};
use crate::kernel::{Activation, Block, Kept};

/// Vectors of images that are worked on together: four, or fewer where there are few images.
fn vectors_together(isa: Isa, images: usize) -> usize {
    match images.div_ceil(isa.lanes()) {
        0 | 1 => 1,
        2 => 2,
        _ => 4,
    }
}

/// Does a task over groups of so many vectors of images.
macro_rules! dispatch {
    ($isa:ident, $vectors:ident, $task:ident { $($field:tt)* }) => {
        match $vectors {
            1 => $isa.dispatch($task::<1> { $($field)* }),
            2 => $isa.dispatch($task::<2> { $($field)* }),
            _ => $isa.dispatch($task::<4> { $($field)* }),
        }
    };
}

/// Whether the kept weights alone are faster than all of them. Measured in units of what a dense layer
/// spends on a weight: a kept one takes 1.5, turning the images takes 16 for each input and output.
pub fn is_faster(kept: &Kept) -> bool {
    let [outputs, inputs] = kept.shape();
    16 * (inputs + outputs) + 3 * kept.count() / 2 <= inputs * outputs
}

/// `out` [n, o] = `x` [n, i] · the kept weights, turned (+ `bias` [o]).
pub fn forward(
    isa: Isa,
    kept: &Kept,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    activation: Activation,
    out: &mut [f32],
) {
    let [outputs, inputs] = kept.shape();
    let vectors = vectors_together(isa, x.len() / inputs);
    let group = vectors * isa.lanes();
    let x = turn(isa, group, inputs, x);
    let mut turned = Buffer::new(x.len() / inputs * outputs);
    let groups = x.par_chunks_exact(inputs * group).zip(turned.par_chunks_exact_mut(outputs * group));
    groups.for_each(|(x, out)| dispatch!(isa, vectors, Forward { kept, x, weight, bias, activation, out }));
    turn_back(isa, group, outputs, &turned, out);
}

/// `out` [n, i] (+)= `gradient` [n, o] · the kept weights.
pub fn input_gradient(
    isa: Isa,
    kept: &Kept,
    weight: &[f32],
    gradient: &[f32],
    start: Start<'_>,
    out: &mut [f32],
) {
    let [outputs, inputs] = kept.shape();
    let vectors = vectors_together(isa, gradient.len() / outputs);
    let group = vectors * isa.lanes();
    let gradient = turn(isa, group, outputs, gradient);
    let mut turned = match start {
        Start::Out => turn(isa, group, inputs, out),
        Start::Zero | Start::Bias(_) => Buffer::zeros(gradient.len() / outputs * inputs),
    };
    let groups = gradient.par_chunks_exact(outputs * group).zip(turned.par_chunks_exact_mut(inputs * group));
    groups.for_each(|(gradient, out)| dispatch!(isa, vectors, InputGradient { kept, weight, gradient, out }));
    turn_back(isa, group, inputs, &turned, out);
}

/// `out` = of `gradient` [n, o]ᵀ · `x` [n, i], what belongs to the kept weights.
pub fn weight_gradient(isa: Isa, kept: &Kept, x: &[f32], gradient: &[f32], out: &mut [f32]) {
    let [outputs, inputs] = kept.shape();
    let vectors = vectors_together(isa, x.len() / inputs);
    let group = vectors * isa.lanes();
    let (x, gradient) = (turn(isa, group, inputs, x), turn(isa, group, outputs, gradient));
    let mut rest = out;
    let of_block = |block| {
        let out = rest.split_off_mut(..Block::count(block)).expect("a gradient for each kept weight");
        (block, out)
    };
    let tasks: Vec<_> = kept.blocks().iter().map(of_block).collect();
    tasks.into_par_iter().for_each(|(block, out)| {
        dispatch!(isa, vectors, WeightGradient { kept, block, x: &x, gradient: &gradient, out });
    });
}

/// The vectors of one feature of a group.
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
    kept: &'a Kept,
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
        let Self { kept, x, weight, bias, activation, out } = self;
        let [outputs, _] = kept.shape();
        let zero = simd.splat_f32s(0.0);
        for output in 0..outputs {
            let start = bias.map_or(0.0, |bias| bias[output]);
            *vectors_mut::<S, V>(out, output) = [simd.splat_f32s(start); V];
        }
        for block in kept.blocks() {
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
    kept: &'a Kept,
    weight: &'a [f32],
    gradient: &'a [f32],
    out: &'a mut [f32],
}

impl<const V: usize> WithSimd for InputGradient<'_, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { kept, weight, gradient, out } = self;
        let [outputs, _] = kept.shape();
        for block in kept.blocks() {
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
    kept: &'a Kept,
    block: &'a Block,
    /// All groups.
    x: &'a [f32],
    /// All groups.
    gradient: &'a [f32],
    /// Of the block.
    out: &'a mut [f32],
}

impl<const V: usize> WithSimd for WeightGradient<'_, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { kept, block, x, gradient, out } = self;
        let [outputs, inputs] = kept.shape();
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

/// Lane by lane, the sum of the products.
#[inline(always)]
fn product<S: Simd, const V: usize>(simd: S, x: &[S::f32s; V], y: &[S::f32s; V]) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    for (&x, &y) in x.iter().zip(y) {
        sum = multiply_add(simd, x, y, sum);
    }
    sum
}

/// The sum of each vector's lanes.
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

    // By hand: half of 784 × 300 weights take 176,400 and turning 17,344, of 235,200; all take 352,800.
    // For 16 × 32 turning alone takes 768, of 512.
    #[test]
    fn few_weights_of_a_large_layer_are_faster_alone() {
        let kept = |inputs: usize, outputs: usize, one_in: usize| {
            Kept::new(&(0..inputs * outputs).map(|at| at % one_in == 0).collect::<Vec<_>>(), inputs)
        };
        assert!(is_faster(&kept(784, 300, 2)));
        assert!(!is_faster(&kept(784, 300, 1)));
        assert!(!is_faster(&kept(16, 32, 100)));
    }
}
