//! Batch norm, written out in element-wise operations.

use super::activation::{activation_backward, activation_forward};
use crate::kernel::{Norm, NormBackward, NormGradients, Normalization, Residual, Statistics};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// [channels] to [1, 1, 1, channels].
fn pixel<B: Backend>(array: Tensor<B, 1>) -> Tensor<B, 4> {
    let [channels] = array.dims();
    array.reshape([1, 1, 1, channels])
}

/// Sum over all but the channels.
fn sum<B: Backend>(images: Tensor<B, 4>) -> Tensor<B, 1> {
    let [batch, height, width, channels] = images.dims();
    images.reshape([batch * height * width, channels]).sum_dim(0).reshape([channels])
}

fn pixels<B: Backend>(images: &Tensor<B, 4>) -> f64 {
    let [batch, height, width, _] = images.dims();
    (batch * height * width) as f64
}

pub fn moments<B: Backend>(images: Tensor<B, 4>) -> [Tensor<B, 1>; 2] {
    let count = pixels(&images);
    let mean = sum(images.clone()).div_scalar(count);
    let centred = images - pixel(mean.clone());
    [mean, sum(centred.clone() * centred).div_scalar(count)]
}

/// 1 / √(variance + ε), as a division: the reciprocal of `burn-ndarray` is good to 12 bits only.
fn inverse<B: Backend>(op: Normalization, norm: &Norm<B>) -> Tensor<B, 1> {
    norm.variance.ones_like() / norm.variance.clone().add_scalar(op.epsilon).sqrt()
}

pub fn forward<B: Backend>(
    op: Normalization,
    images: Tensor<B, 4>,
    norm: Norm<B>,
    residual: Option<Tensor<B, 4>>,
) -> Tensor<B, 4> {
    let scale = inverse(op, &norm) * norm.weight;
    let output = (images - pixel(norm.mean)) * pixel(scale) + pixel(norm.bias);
    activation_forward(op.activation, residual.into_iter().fold(output, Tensor::add))
}

/// With x̂ the normalized input, m the number of pixels and g the gradient: ∂bias = Σ g, ∂weight = Σ g·x̂,
/// ∂input = weight / √(variance + ε) · (g − (∂bias + x̂ · ∂weight) / m). With running statistics, which are
/// constants, the terms over m are absent (Ioffe & Szegedy, 2015).
pub fn gradients<B: Backend>(op: Normalization, layer: NormBackward<B>) -> NormGradients<B> {
    let NormBackward { input, norm, residual, output, gradient } = layer;
    let gradient = activation_backward(op.activation, output, gradient);
    let count = pixels(&input);
    let inverse = inverse(op, &norm);
    let normal = (input - pixel(norm.mean)) * pixel(inverse.clone());
    let bias = sum(gradient.clone());
    let weight = sum(gradient.clone() * normal.clone());
    let residual = (residual == Residual::Present).then(|| gradient.clone());
    let centred = match op.statistics {
        Statistics::Running => gradient,
        Statistics::Batch => {
            let through_statistics = normal * pixel(weight.clone()) + pixel(bias.clone());
            gradient - through_statistics.div_scalar(count)
        }
    };
    NormGradients { input: centred * pixel(inverse * norm.weight), weight, bias, residual }
}
