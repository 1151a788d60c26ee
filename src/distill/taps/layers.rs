//! Layers of what is trained beside the student, on images `[batch, height, width, channels]`.

use crate::kernel::{Activation, Convolution, Kernel, Weight};
use burn::tensor::Tensor;

/// Added to the variance in batch norm, as in PyTorch.
const NORM_EPS: f64 = 1e-5;

/// Batch norm of `pixels`, `[count, channels]`, by the statistics of the batch; `weight` and `bias` are `[1, channels]`.
pub fn batch_norm<B: Kernel>(
    pixels: Tensor<B, 2>,
    weight: &Tensor<B, 2>,
    bias: &Tensor<B, 2>,
) -> Tensor<B, 2> {
    let centred = pixels.clone() - pixels.mean_dim(0);
    let variance = (centred.clone() * centred.clone()).mean_dim(0);
    centred / (variance + NORM_EPS).sqrt() * weight.clone() + bias.clone()
}

/// What `layer` makes of the pixels, `[count, channels]`.
pub fn pixelwise<B: Kernel>(
    images: Tensor<B, 4>,
    layer: impl FnOnce(Tensor<B, 2>) -> Tensor<B, 2>,
) -> Tensor<B, 4> {
    let [batch, height, width, channels] = images.dims();
    let pixels = layer(images.reshape([batch * height * width, channels]));
    let channels = pixels.dims()[1];
    pixels.reshape([batch, height, width, channels])
}

/// A 3×3 convolution with zero padding and without a bias; `weight` is `[out, in · 9]`, in PyTorch's order.
pub fn convolution<B: Kernel>(images: Tensor<B, 4>, weight: &Tensor<B, 2>) -> Tensor<B, 4> {
    let [outputs, inputs] = [weight.dims()[0], images.dims()[3]];
    let op = Convolution { stride: 1, padding: 1, groups: 1, activation: Activation::Identity };
    B::convolution(op, images, Weight::Dense(weight.clone().reshape([outputs, inputs, 3, 3])), None)
}
