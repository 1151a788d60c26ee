//! Convolution, by Burn's own operations.

use super::activation::{activation_backward, activation_forward};
use super::tensor::{channels_first, channels_last, inner, primitive};
use super::weight::{dense, stored_filters, stored_gradient};
use crate::kernel::{Bias, Convolution, Kernel, LayerBackward, LayerGradients, Weight};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

fn options(op: Convolution) -> ConvOptions<2> {
    ConvOptions::new([op.stride; 2], [op.padding; 2], [1; 2], op.groups)
}

pub fn forward<B: Backend>(
    op: Convolution,
    images: Tensor<B, 4>,
    weight: Weight<B, 4>,
    bias: Option<Tensor<B, 1>>,
) -> Tensor<B, 4> {
    let output = conv2d(channels_first(images), dense(weight), bias, options(op));
    activation_forward(op.activation, channels_last(output))
}

pub fn gradients<B: Kernel>(op: Convolution, layer: LayerBackward<B, 4, 4>) -> LayerGradients<B, 4> {
    let LayerBackward { input, weight, bias, output, gradient, input_gradient } = layer;
    let gradient = activation_backward(op.activation, output, gradient);
    let bias = (bias == Bias::Present).then(|| gradient.clone().sum_dims_squeeze::<1, _>(&[0, 1, 2]));
    let (input, gradient) = (inner(channels_first(input)), inner(channels_first(gradient)));
    let filters = inner(dense(weight.clone()));
    let of_input = input_gradient.of(|| {
        let (input, filters, gradient) = (input.clone(), filters.clone(), gradient.clone());
        channels_last(primitive::<B, 4>(B::conv2d_x_backward(input, filters, gradient, options(op))))
    });
    let of_filters = primitive(B::conv2d_weight_backward(input, filters, gradient, options(op)));
    LayerGradients { input: of_input, weight: stored_gradient(&weight, stored_filters(of_filters)), bias }
}
