//! Convolution, by Burn's own and its ways back.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

use super::{activate, all_weights, channels_first, channels_last, deactivate, inner, of_weight, primitive};
use crate::kernel::{Bias, Convolution, Layer, LayerGradients, Wanted, Weight};

fn options(op: Convolution) -> ConvOptions<2> {
    ConvOptions::new([op.stride; 2], [op.padding; 2], [1; 2], op.groups)
}

pub fn forward<B: Backend>(
    op: Convolution,
    images: Tensor<B, 4>,
    weight: Weight<B, 4>,
    bias: Option<Tensor<B, 1>>,
) -> Tensor<B, 4> {
    let output = conv2d(channels_first(images), all_weights(weight), bias, options(op));
    activate(op.activation, channels_last(output))
}

pub fn gradients<B: Backend>(op: Convolution, layer: Layer<B, 4, 4>) -> LayerGradients<B, 4> {
    let Layer { input, weight, bias, output, gradient, wanted } = layer;
    let gradient = deactivate(op.activation, output, gradient);
    let bias = (bias == Bias::Present).then(|| gradient.clone().sum_dims_squeeze::<1, _>(&[0, 1, 2]));
    let (input, gradient) = (inner(channels_first(input)), inner(channels_first(gradient)));
    let filters = inner(all_weights(weight.clone()));
    let of_input = |input, weight, gradient| {
        channels_last(primitive::<B, 4>(B::conv2d_x_backward(input, weight, gradient, options(op))))
    };
    let of_input = match wanted {
        Wanted::Nothing => None,
        Wanted::Gradient => Some(of_input(input.clone(), filters.clone(), gradient.clone())),
        Wanted::Onto(other) => Some(of_input(input.clone(), filters.clone(), gradient.clone()) + other),
    };
    let of_filters: Tensor<B, 4> =
        primitive(B::conv2d_weight_backward(input, filters, gradient, options(op)));
    LayerGradients { input: of_input, weight: of_weight(&weight, of_filters.flatten(0, 3)), bias }
}
