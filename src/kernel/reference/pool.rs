//! Max pooling, by Burn's own operations.

use super::tensor::{channels_first, channels_last, inner, primitive};
use crate::kernel::MaxPool;
use burn::backend::Autodiff;
use burn::tensor::backend::Backend;
use burn::tensor::module::max_pool2d;
use burn::tensor::{IndexingUpdateOp, Int, Tensor};

pub fn max<B: Backend>(op: MaxPool, images: Tensor<B, 4>) -> Tensor<B, 4> {
    let pooled = max_pool2d(channels_first(images), [op.kernel; 2], [op.stride; 2], [0; 2], [1; 2], false);
    channels_last(pooled)
}

/// [`max_gradient`] on `Autodiff`, which does not record Burn's own. It is linear in `gradient`: the position
/// that each window's gradient goes to is found without recording, and the gradient itself is recorded.
pub fn recorded_max_gradient<B: Backend>(
    op: MaxPool,
    images: Tensor<Autodiff<B>, 4>,
    gradient: Tensor<Autodiff<B>, 4>,
) -> Tensor<Autodiff<B>, 4> {
    let [batch, height, width, channels] = images.dims();
    let [_, rows, columns, _] = gradient.dims();
    let (kernel, stride) = ([op.kernel; 2], [op.stride; 2]);
    let images = inner(channels_first(images.inner()));
    let pooled = B::max_pool2d_with_indices(images, kernel, stride, [0; 2], [1; 2], false);
    let positions = Tensor::<Autodiff<B>, 4, Int>::new(pooled.indices);
    let positions = positions.reshape([batch, channels, rows * columns]);
    let gradient = channels_first(gradient).reshape([batch, channels, rows * columns]);
    let zeros = Tensor::zeros([batch, channels, height * width], &gradient.device());
    let sums = zeros.scatter(2, positions, gradient, IndexingUpdateOp::Add);
    channels_last(sums.reshape([batch, channels, height, width]))
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
