//! The backend that the components are generic over, and the kinds of it that a user can choose.
//!
//! [`Kernel`] extends Burn's `Backend`. It has no methods yet: fast kernels come in here, each with a
//! default body of ordinary Burn operations, and replace an operation without touching a signature
//! elsewhere.

mod available;
mod kind;

pub use kind::{BackendKind, Unavailable};

use burn::backend::Autodiff;
use burn::tensor::backend::Backend;

/// What every component may ask of a backend.
pub trait Kernel: Backend {}

impl<B: Kernel> Kernel for Autodiff<B> {}

#[cfg(feature = "flex")]
impl Kernel for burn_flex::Flex {}

#[cfg(feature = "ndarray")]
impl Kernel for burn_ndarray::NdArray {}

#[cfg(feature = "cuda")]
impl Kernel for burn_cuda::Cuda {}
