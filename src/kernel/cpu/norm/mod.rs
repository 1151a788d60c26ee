//! Batch norm over rows of channels, with the addition and the ReLU that follow it.

mod forward;
mod gradients;
mod moments;

pub use gradients::After;
pub use moments::moments;

use rayon::prelude::*;

use super::Isa;
use super::rows::{Arrays, Out, Rows};

/// What batch norm subtracts and multiplies by, one value a channel.
#[derive(Clone, Debug)]
pub struct Norm {
    pub mean: Vec<f32>,
    /// 1 / √(variance + ε)
    pub inverse: Vec<f32>,
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// Where the mean and the variance came from: from the batch itself they have slopes of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistics {
    Batch,
    Given,
}

/// (x − mean) · scale + bias, each channel's values as a long row.
struct Line {
    mean: Vec<f32>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    fn rows(&self) -> Rows {
        Rows::new(self.mean.len())
    }

    /// inverse · weight
    fn scale(&self) -> Vec<f32> {
        self.weight.iter().zip(&self.inverse).map(|(weight, inverse)| weight * inverse).collect()
    }

    fn line(&self) -> Line {
        let repeat = |values: &[f32]| self.rows().repeat(values);
        Line { mean: repeat(&self.mean), scale: repeat(&self.scale()), bias: repeat(&self.bias) }
    }
}

/// Sets `gradient` to zero where `output`, which a ReLU gave, is.
pub fn stop(isa: Isa, output: &[f32], gradient: &mut [f32]) {
    let rows = Rows::new(1);
    gradient.par_chunks_mut(rows.task()).zip(output.par_chunks(rows.task())).for_each(
        |(gradient, output)| {
            isa.run(
                #[inline(always)]
                || {
                    for (gradient, output) in gradient.iter_mut().zip(output) {
                        *gradient = if *output > 0.0 { *gradient } else { 0.0 };
                    }
                },
            );
        },
    );
}

/// Sum of each channel: the gradient of a bias.
pub fn sum(isa: Isa, values: &[f32], channels: usize) -> Vec<f32> {
    let rows = Rows::new(channels);
    let of_task = |values: &[f32]| {
        let arrays = Arrays { inputs: [values], channels: [], out: Out::Nowhere(values.len()) };
        rows.add_up(isa, arrays, |_, [x], []| (0.0, [x]))
    };
    let [sum] = rows.total(values.par_chunks(rows.task()).map(of_task).collect());
    sum.into_iter().map(|sum| sum as f32).collect()
}
