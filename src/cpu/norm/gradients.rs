//! The backward pass of batch norm: the first sweep over the images sums the gradients of weight and bias,
//! the second writes the gradient of the input.

use super::{BatchNorm, Statistics};
use crate::cpu::Isa;
use crate::cpu::relu::relu_gradient;
use crate::cpu::rows::{Operands, Out};
use rayon::prelude::*;

/// The element-wise operations fused behind the norm.
#[derive(Debug)]
pub enum Epilogue<'a> {
    Identity,
    Relu,
    /// The addition of a residual.
    Add {
        /// The output of the ReLU behind the addition, where there is one.
        relu_output: Option<&'a [f32]>,
        /// Receives the gradient of the norm's input.
        input_gradient: &'a mut [f32],
    },
}

impl BatchNorm {
    /// Returns the gradients of weight and bias. `gradient`, of the epilogue's output, is replaced by that of
    /// the norm's input or, where a residual is added, by that of the sum, which is the residual's.
    pub fn gradients(
        &self,
        isa: Isa,
        statistics: Statistics,
        epilogue: Epilogue<'_>,
        images: &[f32],
        gradient: &mut [f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let (rows, affine) = (self.rows(), self.affine());
        let channels = [&affine.mean[..], &affine.scale, &affine.bias];
        let tasks = gradient.par_chunks_mut(rows.task()).zip(images.par_chunks(rows.task())).enumerate();
        // For each channel, Σ gradient · (x − mean) and Σ gradient.
        let of_task = |(task, (gradient, images)): (usize, (&mut [f32], &[f32]))| match &epilogue {
            Epilogue::Identity | Epilogue::Add { relu_output: None, .. } => {
                let out = Out::Discard(images.len());
                let arrays = Operands { inputs: [images, gradient], channels, out };
                rows.add_up(isa, arrays, |_, [x, gradient], [mean, ..]| {
                    (0.0, [gradient * (x - mean), gradient])
                })
            }
            Epilogue::Relu => {
                let out = Out::Discard(images.len());
                let arrays = Operands { inputs: [images, gradient], channels, out };
                rows.add_up(isa, arrays, |_, [x, gradient], [mean, scale, bias]| {
                    let gradient = relu_gradient(gradient, (x - mean) * scale + bias);
                    (0.0, [gradient * (x - mean), gradient])
                })
            }
            Epilogue::Add { relu_output: Some(output), .. } => {
                let output = &output[task * rows.task()..];
                let arrays = Operands { inputs: [images, output], channels, out: Out::To(gradient) };
                rows.add_up(isa, arrays, |gradient, [x, output], [mean, ..]| {
                    let gradient = relu_gradient(gradient, output);
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
        let factor = scale.iter().zip(&self.inverse).zip(&weight);
        let factor: Vec<f32> =
            factor.map(|((scale, inverse), weight)| scale * inverse * (weight * of_batch) as f32).collect();
        let [shift, factor] = [shift, factor].map(|values| rows.repeat(&values));
        let channels = [&affine.mean[..], &affine.scale, &affine.bias, &shift, &factor];
        let (images, task) = (images.par_chunks(rows.task()), rows.task());
        match epilogue {
            Epilogue::Identity => images.zip(gradient.par_chunks_mut(task)).for_each(|(images, gradient)| {
                let arrays = Operands { inputs: [images], channels, out: Out::To(gradient) };
                rows.each(isa, arrays, |gradient, [x], [mean, scale, _, shift, factor]| {
                    gradient * scale - shift - (x - mean) * factor
                });
            }),
            Epilogue::Relu => images.zip(gradient.par_chunks_mut(task)).for_each(|(images, gradient)| {
                let arrays = Operands { inputs: [images], channels, out: Out::To(gradient) };
                rows.each(isa, arrays, |gradient, [x], [mean, scale, bias, shift, factor]| {
                    relu_gradient(gradient, (x - mean) * scale + bias) * scale - shift - (x - mean) * factor
                });
            }),
            Epilogue::Add { input_gradient, .. } => {
                let outs = gradient.par_chunks(task).zip(input_gradient.par_chunks_mut(task));
                images.zip(outs).for_each(|(images, (gradient, out))| {
                    let arrays = Operands { inputs: [images, gradient], channels, out: Out::To(out) };
                    rows.each(isa, arrays, |_, [x, gradient], [mean, scale, _, shift, factor]| {
                        gradient * scale - shift - (x - mean) * factor
                    });
                });
            }
        }
        let single = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
        (single(weight), single(bias))
    }
}
