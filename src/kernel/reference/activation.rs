//! Activations, forward and backward.

use super::tensor::{inner, primitive};
use crate::kernel::Activation;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

pub fn activation_forward<B: Backend, const D: usize>(
    activation: Activation,
    tensor: Tensor<B, D>,
) -> Tensor<B, D> {
    match activation {
        Activation::Identity => tensor,
        Activation::Relu => burn::tensor::activation::relu(tensor),
    }
}

/// The gradient of an activation's input, for its output and the gradient of its output.
pub fn activation_backward<B: Backend, const D: usize>(
    activation: Activation,
    output: Tensor<B, D>,
    gradient: Tensor<B, D>,
) -> Tensor<B, D> {
    match activation {
        Activation::Identity => gradient,
        Activation::Relu => relu_backward(output, gradient),
    }
}

/// The gradient of a ReLU's input, for its output and the gradient of its output.
pub fn relu_backward<B: Backend, const D: usize>(
    output: Tensor<B, D>,
    gradient: Tensor<B, D>,
) -> Tensor<B, D> {
    primitive(B::relu_backward(inner(output), inner(gradient)))
}
