//! Linear layers, as matrix products.

use super::activation::{activation_backward, activation_forward};
use super::weight::{dense, stored_gradient};
use crate::kernel::{Activation, Bias, LayerBackward, LayerGradients, Weight};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

pub fn forward<B: Backend>(
    activation: Activation,
    inputs: Tensor<B, 2>,
    weight: Weight<B, 2>,
    bias: Option<Tensor<B, 1>>,
) -> Tensor<B, 2> {
    activation_forward(activation, burn::tensor::module::linear(inputs, dense(weight).transpose(), bias))
}

pub fn gradients<B: Backend>(activation: Activation, layer: LayerBackward<B, 2, 2>) -> LayerGradients<B, 2> {
    let LayerBackward { input, weight, bias, output, gradient, input_gradient } = layer;
    let gradient = activation_backward(activation, output, gradient);
    let bias = (bias == Bias::Present).then(|| gradient.clone().sum_dim(0).flatten(0, 1));
    let of_input = input_gradient.of(|| gradient.clone().matmul(dense(weight.clone())));
    let of_weight = gradient.transpose().matmul(input).flatten(0, 1);
    LayerGradients { input: of_input, weight: stored_gradient(&weight, of_weight), bias }
}
