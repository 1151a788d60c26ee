//! The operations in ordinary Burn operations: for backends without kernels of their own, and what such
//! kernels are tested against.

mod activation;
pub mod convolution;
pub mod linear;
pub mod loss;
pub mod norm;
pub mod pool;
mod tensor;
mod update;
mod weight;

#[cfg(feature = "gpu")]
pub use activation::activation_backward;
pub use activation::relu_backward;
pub use update::update;
#[cfg(feature = "gpu")]
pub use weight::{dense, stored_gradient};
