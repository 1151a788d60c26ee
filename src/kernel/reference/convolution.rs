//! Convolution, by Burn's own operations.

use super::activation::{activation_backward, activation_forward};
use super::tensor::{channels_first, channels_last, inner, primitive};
use super::weight::{dense, stored_gradient};
use crate::kernel::{
    Bias, Convolution, FilterOrder, InputGradient, Kernel, LayerBackward, LayerGradients, Weight,
};
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
    let of_input = |input, weight, gradient| {
        channels_last(primitive::<B, 4>(B::conv2d_x_backward(input, weight, gradient, options(op))))
    };
    let of_input = match input_gradient {
        InputGradient::Skip => None,
        InputGradient::Write => Some(of_input(input.clone(), filters.clone(), gradient.clone())),
        InputGradient::Accumulate(other) => {
            Some(of_input(input.clone(), filters.clone(), gradient.clone()) + other)
        }
    };
    let of_filters: Tensor<B, 4> =
        primitive(B::conv2d_weight_backward(input, filters, gradient, options(op)));
    let of_filters = match B::filter_order() {
        FilterOrder::ChannelsFirst => of_filters,
        FilterOrder::ChannelsLast => channels_last(of_filters),
    };
    LayerGradients { input: of_input, weight: stored_gradient(&weight, of_filters.flatten(0, 3)), bias }
}
