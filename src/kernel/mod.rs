//! The backend trait that the components are generic over.
//!
//! [`Kernel`] extends Burn's `Backend` by the operations that training spends its time in, each with its
//! backward pass. Each has a default body of ordinary Burn operations ([`reference`]); Flex has kernels of its
//! own ([`crate::cpu`]).

#[cfg(feature = "flex")]
mod flex;
mod layers;
mod operations;
mod reference;
mod update;

pub use crate::cpu::norm::Statistics;
pub use crate::cpu::{Activation, SparsityPattern};
pub use layers::{
    Bias, Convolution, InputGradient, LayerBackward, LayerGradients, MaxPool, Norm, NormBackward,
    NormGradients, Normalization, Residual, Weight,
};
pub use operations::Kernel;
pub use reference::relu_backward;
pub use update::{Arrays, UpdateRule};

use burn::backend::Autodiff;
use burn::tensor::Tensor;

/// Burn's own differentiation, through the default bodies: losses are differentiated with it, and the kernels
/// and the backward pass are tested against it.
impl<B: Kernel> Kernel for Autodiff<B> {
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

#[cfg(feature = "cuda")]
impl Kernel for burn_cuda::Cuda {}

#[cfg(test)]
mod tests;
