//! The gradient of a bias.

use super::Isa;
use super::rows::{Operands, Out, Rows};
use rayon::prelude::*;

/// The sum of each channel of `values` [.., channels].
pub fn sum(isa: Isa, values: &[f32], channels: usize) -> Vec<f32> {
    let rows = Rows::new(channels);
    let of_task = |values: &[f32]| {
        let arrays = Operands { inputs: [values], channels: [], out: Out::Discard(values.len()) };
        rows.add_up(isa, arrays, |_, [x], []| (0.0, [x]))
    };
    let [sum] = rows.total(values.par_chunks(rows.task()).map(of_task).collect());
    sum.into_iter().map(|sum| sum as f32).collect()
}
