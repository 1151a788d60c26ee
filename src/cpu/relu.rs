//! The backward pass of a ReLU.

use super::Isa;
use super::rows::{Operands, Out, Rows};
use rayon::prelude::*;

/// The gradient of a ReLU's input, for that of its output. `value` may be the input or the output: one is
/// positive where the other is.
#[inline(always)]
pub fn relu_gradient(gradient: f32, value: f32) -> f32 {
    if value > 0.0 { gradient } else { 0.0 }
}

/// Turns the `gradient` of a ReLU's output into that of its input, in place.
pub fn relu_backward(isa: Isa, output: &[f32], gradient: &mut [f32]) {
    let rows = Rows::new(1);
    let tasks = gradient.par_chunks_mut(rows.task()).zip(output.par_chunks(rows.task()));
    tasks.for_each(|(gradient, output)| {
        let arrays = Operands { inputs: [output], channels: [], out: Out::To(gradient) };
        rows.each(isa, arrays, |gradient, [output], []| relu_gradient(gradient, output));
    });
}
