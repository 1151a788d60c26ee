//! Linear layers, as products of matrices.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::{activate, all_weights, deactivate, of_weight};
use crate::kernel::{Activation, Bias, Layer, LayerGradients, Wanted, Weight};

pub fn forward<B: Backend>(
    activation: Activation,
    inputs: Tensor<B, 2>,
    weight: Weight<B, 2>,
    bias: Option<Tensor<B, 1>>,
) -> Tensor<B, 2> {
    activate(activation, burn::tensor::module::linear(inputs, all_weights(weight).transpose(), bias))
}

pub fn gradients<B: Backend>(activation: Activation, layer: Layer<B, 2, 2>) -> LayerGradients<B, 2> {
    let Layer { input, weight, bias, output, gradient, wanted } = layer;
    let gradient = deactivate(activation, output, gradient);
    let bias = (bias == Bias::Present).then(|| gradient.clone().sum_dim(0).flatten(0, 1));
    let of_input = match wanted {
        Wanted::Nothing => None,
        Wanted::Gradient => Some(gradient.clone().matmul(all_weights(weight.clone()))),
        Wanted::Onto(other) => Some(gradient.clone().matmul(all_weights(weight.clone())) + other),
    };
    let of_all = gradient.transpose().matmul(input).flatten(0, 1);
    LayerGradients { input: of_input, weight: of_weight(&weight, of_all), bias }
}
