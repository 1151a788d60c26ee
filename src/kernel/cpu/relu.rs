//! The way back through a ReLU.

use rayon::prelude::*;

use super::Isa;
use super::rows::{Operands, Out, Rows};

/// A gradient goes no further where what a ReLU was given, or gave, is not above zero.
#[inline(always)]
pub fn passed(gradient: f32, value: f32) -> f32 {
    if value > 0.0 { gradient } else { 0.0 }
}

/// Sets `gradient` to zero where `output`, which a ReLU gave, is.
pub fn stop(isa: Isa, output: &[f32], gradient: &mut [f32]) {
    let rows = Rows::new(1);
    let tasks = gradient.par_chunks_mut(rows.task()).zip(output.par_chunks(rows.task()));
    tasks.for_each(|(gradient, output)| {
        let arrays = Operands { inputs: [output], channels: [], out: Out::To(gradient) };
        rows.each(isa, arrays, |gradient, [output], []| passed(gradient, output));
    });
}
