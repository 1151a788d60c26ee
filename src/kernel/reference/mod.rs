//! The operations in ordinary Burn operations: for backends without kernels of their own, and what such
//! kernels are tested against.

pub mod convolution;
pub mod linear;
pub mod loss;
pub mod norm;
pub mod pool;

use burn::tensor::backend::Backend;
use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData, TensorPrimitive};

use super::{Activation, Arrays, Kept, Rule, Weight};

pub fn update<B: Backend, R: Rule<N>, const N: usize>(
    rule: &R,
    arrays: Arrays<B, N>,
    gradient: Tensor<B, 1>,
    mask: Option<Tensor<B, 1>>,
) -> Arrays<B, N> {
    let Some(mask) = mask else { return rule.tensors(arrays, gradient) };
    let is_masked = mask.equal_elem(0.0);
    let Arrays { value, state } = rule.tensors(arrays, gradient.mask_fill(is_masked.clone(), 0.0));
    Arrays { value: value.mask_fill(is_masked, 0.0), state }
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

/// All weights of a layer, [out, in, ..], each of one pixel where it has kept ones.
fn all_weights<B: Backend, const W: usize>(weight: Weight<B, W>) -> Tensor<B, W> {
    match weight {
        Weight::All(weight) => weight,
        Weight::Kept(kept, weight) => {
            let [outputs, inputs] = kept.shape();
            let zeros = Tensor::<B, 1>::zeros([outputs * inputs], &weight.device());
            let places = places(&kept, &weight.device());
            let mut shape = [1; W];
            (shape[0], shape[1]) = (outputs, inputs);
            zeros.scatter(0, places, weight, IndexingUpdateOp::Add).reshape(shape)
        }
    }
}

/// The gradient of what `weight` holds, for that of all weights.
fn of_weight<B: Backend, const W: usize>(weight: &Weight<B, W>, gradient: Tensor<B, 1>) -> Tensor<B, 1> {
    match weight {
        Weight::All(_) => gradient,
        Weight::Kept(kept, weight) => gradient.select(0, places(kept, &weight.device())),
    }
}

fn places<B: Backend>(kept: &Kept, device: &B::Device) -> Tensor<B, 1, Int> {
    let places: Vec<i32> =
        kept.places().map(|place| i32::try_from(place).expect("fewer than 2³¹ weights")).collect();
    let count = places.len();
    Tensor::from_data(TensorData::new(places, [count]), device)
}

/// [images, height, width, channels] to [images, channels, height, width].
fn channels_first<B: Backend>(images: Tensor<B, 4>) -> Tensor<B, 4> {
    images.permute([0, 3, 1, 2])
}

/// [images, channels, height, width] to [images, height, width, channels].
fn channels_last<B: Backend>(images: Tensor<B, 4>) -> Tensor<B, 4> {
    images.permute([0, 2, 3, 1])
}
