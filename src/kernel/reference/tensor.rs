//! Tensors as Burn's operations take them.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorPrimitive};

pub fn primitive<B: Backend, const D: usize>(tensor: B::FloatTensorPrimitive) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}

pub fn inner<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> B::FloatTensorPrimitive {
    tensor.into_primitive().tensor()
}

/// The sum of all values. Burn's own may add in any order on a GPU, and give other last bits each time.
pub fn total<B: Backend>(values: Tensor<B, 2>) -> Tensor<B, 1> {
    values.sum_dim(1).sum_dim(0).reshape([1])
}

/// [images, height, width, channels] to [images, channels, height, width].
pub fn channels_first<B: Backend>(images: Tensor<B, 4>) -> Tensor<B, 4> {
    images.permute([0, 3, 1, 2])
}

/// [images, channels, height, width] to [images, height, width, channels].
pub fn channels_last<B: Backend>(images: Tensor<B, 4>) -> Tensor<B, 4> {
    images.permute([0, 2, 3, 1])
}
