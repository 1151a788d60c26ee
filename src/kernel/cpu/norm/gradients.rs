//! Batch norm's way back: one pass adds up the gradients of weight and bias, a second writes that of the
//! input.

use rayon::prelude::*;

use super::Norm;
use crate::kernel::Statistics;
use crate::kernel::cpu::Isa;
use crate::kernel::cpu::relu::passed;
use crate::kernel::cpu::rows::{Operands, Out};

/// What came after a norm, in the same pass.
#[derive(Debug)]
pub enum After<'a> {
    Nothing,
    Relu,
    Sum {
        /// What a ReLU after the sum gave.
        output: Option<&'a [f32]>,
        /// Gets the gradient of the norm's input.
        of_input: &'a mut [f32],
    },
}

impl Norm {
    /// Gradients of weight and bias; `gradient`, that of what came `after`, becomes that of the input, or
    /// that of the sum where there is one.
    pub fn gradients(
        &self,
        isa: Isa,
        statistics: Statistics,
        after: After<'_>,
        images: &[f32],
        gradient: &mut [f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let (rows, line) = (self.rows(), self.line());
        let channels = [&line.mean[..], &line.scale, &line.bias];
        let tasks = gradient.par_chunks_mut(rows.task()).zip(images.par_chunks(rows.task())).enumerate();
        // The gradient times the centred images, and the gradient.
        let of_task = |(task, (gradient, images)): (usize, (&mut [f32], &[f32]))| match &after {
            After::Nothing | After::Sum { output: None, .. } => {
                let out = Out::Nowhere(images.len());
                let arrays = Operands { inputs: [images, gradient], channels, out };
                rows.add_up(isa, arrays, |_, [x, gradient], [mean, ..]| {
                    (0.0, [gradient * (x - mean), gradient])
                })
            }
            After::Relu => {
                let out = Out::Nowhere(images.len());
                let arrays = Operands { inputs: [images, gradient], channels, out };
                rows.add_up(isa, arrays, |_, [x, gradient], [mean, scale, bias]| {
                    let gradient = passed(gradient, (x - mean) * scale + bias);
                    (0.0, [gradient * (x - mean), gradient])
                })
            }
            After::Sum { output: Some(output), .. } => {
                let output = &output[task * rows.task()..];
                let arrays = Operands { inputs: [images, output], channels, out: Out::To(gradient) };
                rows.add_up(isa, arrays, |gradient, [x, output], [mean, ..]| {
                    let gradient = passed(gradient, output);
                    (gradient, [gradient * (x - mean), gradient])
                })
            }
        };
        let [weight, bias] = rows.total(tasks.map(of_task).collect());
        let count = (images.len() / self.mean.len()) as f64;
        let weight: Vec<f64> =
            weight.iter().zip(&self.inverse).map(|(weight, inverse)| weight * f64::from(*inverse)).collect();
        let of_batch = if statistics == Statistics::Batch { 1.0 / count } else { 0.0 };
        let scale = self.scale();
        let shift: Vec<f32> =
            scale.iter().zip(&bias).map(|(scale, bias)| scale * (bias * of_batch) as f32).collect();
        let slope = scale.iter().zip(&self.inverse).zip(&weight);
        let slope: Vec<f32> =
            slope.map(|((scale, inverse), weight)| scale * inverse * (weight * of_batch) as f32).collect();
        let [shift, slope] = [shift, slope].map(|values| rows.repeat(&values));
        let channels = [&line.mean[..], &line.scale, &line.bias, &shift, &slope];
        let (images, task) = (images.par_chunks(rows.task()), rows.task());
        match after {
            After::Nothing => images.zip(gradient.par_chunks_mut(task)).for_each(|(images, gradient)| {
                let arrays = Operands { inputs: [images], channels, out: Out::To(gradient) };
                rows.each(isa, arrays, |gradient, [x], [mean, scale, _, shift, slope]| {
                    gradient * scale - shift - (x - mean) * slope
                });
            }),
            After::Relu => images.zip(gradient.par_chunks_mut(task)).for_each(|(images, gradient)| {
                let arrays = Operands { inputs: [images], channels, out: Out::To(gradient) };
                rows.each(isa, arrays, |gradient, [x], [mean, scale, bias, shift, slope]| {
                    passed(gradient, (x - mean) * scale + bias) * scale - shift - (x - mean) * slope
                });
            }),
            After::Sum { of_input, .. } => {
                let outs = gradient.par_chunks(task).zip(of_input.par_chunks_mut(task));
                images.zip(outs).for_each(|(images, (gradient, out))| {
                    let arrays = Operands { inputs: [images, gradient], channels, out: Out::To(out) };
                    rows.each(isa, arrays, |_, [x, gradient], [mean, scale, _, shift, slope]| {
                        gradient * scale - shift - (x - mean) * slope
                    });
                });
            }
        }
        let single = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
        (single(weight), single(bias))
    }
}
