//! The forward pass of batch norm.

use super::BatchNorm;
use crate::cpu::rows::{Operands, Out};
use crate::cpu::{Activation, Isa};
use rayon::prelude::*;

impl BatchNorm {
    /// `out` = activation((x − mean) · inverse · weight + bias (+ `residual`)).
    pub fn forward(
        &self,
        isa: Isa,
        images: &[f32],
        residual: Option<&[f32]>,
        activation: Activation,
        out: &mut [f32],
    ) {
        let (rows, affine) = (self.rows(), self.affine());
        let channels = [&affine.mean[..], &affine.scale, &affine.bias];
        let least = if activation == Activation::Relu { 0.0 } else { f32::NEG_INFINITY };
        let tasks = out.par_chunks_mut(rows.task()).zip(images.par_chunks(rows.task())).enumerate();
        tasks.for_each(|(task, (out, images))| match residual {
            None => {
                let arrays = Operands { inputs: [images], channels, out: Out::To(out) };
                rows.each(isa, arrays, |_, [x], [mean, scale, bias]| {
                    at_least(least, (x - mean) * scale + bias)
                });
            }
            Some(residual) => {
                let residual = &residual[task * rows.task()..];
                let arrays = Operands { inputs: [images, residual], channels, out: Out::To(out) };
                rows.each(isa, arrays, |_, [x, residual], [mean, scale, bias]| {
                    at_least(least, (x - mean) * scale + bias + residual)
                });
            }
        });
    }
}

/// The larger of both. Unlike `f32::max` it keeps a NaN.
#[inline(always)]
fn at_least(least: f32, value: f32) -> f32 {
    if value < least { least } else { value }
}
