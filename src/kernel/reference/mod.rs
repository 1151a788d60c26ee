//! The operations in ordinary Burn operations: for backends without kernels of their own, and what such
//! kernels are tested against.

pub mod convolution;
pub mod linear;
pub mod loss;
pub mod norm;
pub mod pool;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorPrimitive};

use super::{Activation, Arrays, Rule};

pub fn update<B: Backend, R: Rule<N>, const N: usize>(
    rule: &R,
    arrays: Arrays<B, N>,
    gradient: Tensor<B, 1>,
    mask: Option<Tensor<B, 1>>,
) -> Arrays<B, N> {
    let Some(mask) = mask else { return rule.tensors(arrays, gradient) };
    let Arrays { value, state } = rule.tensors(arrays, gradient * mask.clone());
    Arrays { value: value * mask, state }
}

fn activate<B: Backend, const D: usize>(activation: Activation, tensor: Tensor<B, D>) -> Tensor<B, D> {
    match activation {
        Activation::Identity => tensor,
        Activation::Relu => burn::tensor::activation::relu(tensor),
    }
}

/// The gradient before the activation, for that after it and for what it gave.
pub fn deactivate<B: Backend, const D: usize>(
    activation: Activation,
    output: Tensor<B, D>,
    gradient: Tensor<B, D>,
) -> Tensor<B, D> {
    match activation {
        Activation::Identity => gradient,
        Activation::Relu => primitive(B::relu_backward(inner(output), inner(gradient))),
    }
}

fn primitive<B: Backend, const D: usize>(tensor: B::FloatTensorPrimitive) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}

fn inner<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> B::FloatTensorPrimitive {
    tensor.into_primitive().tensor()
}

/// [images, height, width, channels] to [images, channels, height, width].
fn channels_first<B: Backend>(images: Tensor<B, 4>) -> Tensor<B, 4> {
    images.permute([0, 3, 1, 2])
}

/// [images, channels, height, width] to [images, height, width, channels].
fn channels_last<B: Backend>(images: Tensor<B, 4>) -> Tensor<B, 4> {
    images.permute([0, 2, 3, 1])
}
