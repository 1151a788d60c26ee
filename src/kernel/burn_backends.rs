//! The backends that run the default bodies: Burn's own operations.

use super::{FilterOrder, Kernel, MaxPool, reference};
use burn::backend::Autodiff;
use burn::tensor::Tensor;

/// Burn's own differentiation, through the default bodies: losses are differentiated with it, and the kernels
/// and the backward pass are tested against it.
impl<B: Kernel> Kernel for Autodiff<B> {
    fn filter_order() -> FilterOrder {
        B::filter_order()
    }

    /// Burn's own operation is not recorded.
    fn max_pool_gradient(
        op: MaxPool,
        images: Tensor<Self, 4>,
        _output: Tensor<Self, 4>,
        gradient: Tensor<Self, 4>,
    ) -> Tensor<Self, 4> {
        reference::pool::recorded_max_gradient(op, images, gradient)
    }
}

#[cfg(feature = "ndarray")]
impl Kernel for burn_ndarray::NdArray {}
