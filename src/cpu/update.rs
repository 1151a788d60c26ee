//! One optimizer step over an array, in place and in one pass.

use super::Isa;
use rayon::prelude::*;

/// Values of a task.
const TASK: usize = 1 << 15;

/// Values of a block: a multiple of the lanes of every instruction set.
const BLOCK: usize = 64;

/// Applies `element(value, state, gradient)` to every value. Where `mask` is zero, the gradient counts as zero
/// and the value is set to zero.
pub fn update<const N: usize>(
    isa: Isa,
    element: impl Fn(f32, [f32; N], f32) -> (f32, [f32; N]) + Sync,
    value: &mut [f32],
    state: [&mut [f32]; N],
    gradient: &[f32],
    mask: Option<&[f32]>,
) {
    let length = value.len();
    let mut parts: Vec<_> = value.chunks_mut(TASK).map(|value| (value, Vec::with_capacity(N))).collect();
    for state in state {
        for (part, state) in parts.iter_mut().zip(state.chunks_mut(TASK)) {
            part.1.push(state);
        }
    }
    parts.into_par_iter().enumerate().for_each(|(task, (value, state))| {
        let range = task * TASK..length.min((task + 1) * TASK);
        let mut state: [&mut [f32]; N] = state.try_into().expect("every array has as many parts");
        let (gradient, mask) = (&gradient[range.clone()], mask.map(|mask| &mask[range]));
        isa.run(
            #[inline(always)]
            || {
                let mut begin = 0;
                while let Some(value) = value[begin..].first_chunk_mut() {
                    let of = |values: &[f32]| *values[begin..].first_chunk().expect("all are as long");
                    let states = std::array::from_fn(|array| of(state[array]));
                    let (values, states) =
                        block(&element, *value, states, of(gradient), mask.map_or([1.0; BLOCK], of));
                    *value = values;
                    for (state, states) in state.iter_mut().zip(states) {
                        state[begin..begin + BLOCK].copy_from_slice(&states);
                    }
                    begin += BLOCK;
                }
                for index in begin..value.len() {
                    let kept = mask.map_or(1.0, |mask| mask[index]);
                    let before = std::array::from_fn(|array| state[array][index]);
                    let (new, after) = element(value[index], before, masked(gradient[index], kept));
                    value[index] = masked(new, kept);
                    for (state, after) in state.iter_mut().zip(after) {
                        state[index] = after;
                    }
                }
            },
        );
    });
}

/// Updates one block. Its length is a constant, so that the compiler vectorizes the loop.
#[inline(always)]
fn block<const N: usize>(
    element: impl Fn(f32, [f32; N], f32) -> (f32, [f32; N]),
    mut values: [f32; BLOCK],
    mut states: [[f32; BLOCK]; N],
    gradients: [f32; BLOCK],
    kept: [f32; BLOCK],
) -> ([f32; BLOCK], [[f32; BLOCK]; N]) {
    for index in 0..BLOCK {
        let before = std::array::from_fn(|array| states[array][index]);
        let (new, after) = element(values[index], before, masked(gradients[index], kept[index]));
        values[index] = masked(new, kept[index]);
        for (states, after) in states.iter_mut().zip(after) {
            states[index] = after;
        }
    }
    (values, states)
}

/// Zero where the weight is masked, even if `value` is not finite.
#[inline(always)]
fn masked(value: f32, kept: f32) -> f32 {
    if kept == 0.0 { 0.0 } else { value }
}
