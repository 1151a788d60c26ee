//! An optimizer's step, in one pass over an array, in place.

use rayon::prelude::*;

use super::Isa;

/// Values of a task.
const TASK: usize = 1 << 15;

/// Values that are worked on together.
const BLOCK: usize = 64;

/// For every value, `element(value, state, gradient)`. Where `mask` is zero, the gradient counts as zero
/// and the value becomes zero.
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
                for (block, value) in value.chunks_mut(BLOCK).enumerate() {
                    let range = block * BLOCK..block * BLOCK + value.len();
                    let mut state = state.each_mut().map(|state| &mut state[range.clone()]);
                    let (gradient, mask) = (&gradient[range.clone()], mask.map(|mask| &mask[range]));
                    self::block(&element, value, &mut state, gradient, mask);
                }
            },
        );
    });
}

/// The same for at most [`BLOCK`] values, by way of arrays whose length is known: the loop over them is
/// then one of vectors, whatever the formula.
#[inline(always)]
fn block<const N: usize>(
    element: impl Fn(f32, [f32; N], f32) -> (f32, [f32; N]),
    value: &mut [f32],
    state: &mut [&mut [f32]; N],
    gradient: &[f32],
    mask: Option<&[f32]>,
) {
    let length = value.len();
    let [mut values, mut gradients, mut kept] = [[0.0; BLOCK], [0.0; BLOCK], [1.0; BLOCK]];
    let mut states = [[0.0; BLOCK]; N];
    values[..length].copy_from_slice(value);
    gradients[..length].copy_from_slice(gradient);
    if let Some(mask) = mask {
        kept[..length].copy_from_slice(mask);
    }
    for (states, state) in states.iter_mut().zip(&*state) {
        states[..length].copy_from_slice(state);
    }
    for index in 0..BLOCK {
        let before = std::array::from_fn(|array| states[array][index]);
        let (new, after) = element(values[index], before, gradients[index] * kept[index]);
        values[index] = new * kept[index];
        for (states, after) in states.iter_mut().zip(after) {
            states[index] = after;
        }
    }
    value.copy_from_slice(&values[..length]);
    for (states, state) in states.iter().zip(state) {
        state.copy_from_slice(&states[..length]);
    }
}
