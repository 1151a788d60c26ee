//! Max pooling, by Burn's own operations.

use super::tensor::{channels_first, channels_last, inner, primitive};
use crate::kernel::MaxPool;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::module::max_pool2d;

pub fn max<B: Backend>(op: MaxPool, images: Tensor<B, 4>) -> Tensor<B, 4> {
    let pooled = max_pool2d(channels_first(images), [op.kernel; 2], [op.stride; 2], [0; 2], [1; 2], false);
    channels_last(pooled)
}

pub fn max_gradient<B: Backend>(op: MaxPool, images: Tensor<B, 4>, gradient: Tensor<B, 4>) -> Tensor<B, 4> {
    let (kernel, stride) = ([op.kernel; 2], [op.stride; 2]);
    let images = inner(channels_first(images));
    let pooled = B::max_pool2d_with_indices(images.clone(), kernel, stride, [0; 2], [1; 2], false);
    let gradient = inner(channels_first(gradient));
    let gradients = B::max_pool2d_with_indices_backward(
        images,
        kernel,
        stride,
        [0; 2],
        [1; 2],
        false,
        gradient,
        pooled.indices,
    );
    channels_last(primitive(gradients.x_grad))
}
