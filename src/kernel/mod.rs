//! The backend that the components are generic over, and the kinds of it that a user can choose.
//!
//! [`Kernel`] extends Burn's `Backend` by the operations that training spends its time in. Each has a
//! default body of ordinary Burn operations ([`reference`]); Flex has kernels of its own ([`cpu`]).

mod available;
pub mod cpu;
#[cfg(feature = "flex")]
mod flex;
mod kept;
mod kind;
mod operations;
mod reference;

pub use kept::{Block, Kept};
pub use kind::{BackendKind, Unavailable};
pub use operations::{
    Activation, Arrays, Bias, Convolution, Kernel, Layer, LayerGradients, MaxPool, Norm, NormGradients,
    NormLayer, Normalization, Residual, Rule, Statistics, Wanted, Weight,
};
pub use reference::deactivate;

use burn::backend::Autodiff;
use burn::tensor::Tensor;

/// Burn's own differentiation, through the default bodies: what losses are differentiated with, and what
/// kernels and the pass back are tested against.
impl<B: Kernel> Kernel for Autodiff<B> {
    /// Burn refuses to record this one.
    fn max_pool_gradient(
        op: MaxPool,
        images: Tensor<Self, 4>,
        _output: Tensor<Self, 4>,
        gradient: Tensor<Self, 4>,
    ) -> Tensor<Self, 4> {
        Tensor::from_inner(reference::pool::max_gradient(op, images.inner(), gradient.inner()))
    }
}

#[cfg(feature = "ndarray")]
impl Kernel for burn_ndarray::NdArray {}

#[cfg(feature = "cuda")]
impl Kernel for burn_cuda::Cuda {}

#[cfg(test)]
mod tests;
