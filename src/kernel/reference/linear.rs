use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::{activate, deactivate};
use crate::kernel::{Bias, Layer, LayerGradients, Linear, Wanted};

pub fn forward<B: Backend>(
    op: &Linear,
    inputs: Tensor<B, 2>,
    weight: Tensor<B, 2>,
    bias: Option<Tensor<B, 1>>,
) -> Tensor<B, 2> {
    activate(op.activation, burn::tensor::module::linear(inputs, weight.transpose(), bias))
}

pub fn gradients<B: Backend>(op: &Linear, layer: Layer<B, 2, 2>) -> LayerGradients<B, 2> {
    let Layer { input, weight, bias, output, gradient, wanted } = layer;
    let gradient = deactivate(op.activation, output, gradient);
    let bias = (bias == Bias::Present).then(|| gradient.clone().sum_dim(0).flatten(0, 1));
    let of_input = match wanted {
        Wanted::Nothing => None,
        Wanted::Gradient => Some(gradient.clone().matmul(weight)),
        Wanted::Onto(other) => Some(gradient.clone().matmul(weight) + other),
    };
    LayerGradients { input: of_input, weight: gradient.transpose().matmul(input).flatten(0, 1), bias }
}
