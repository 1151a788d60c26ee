//! The operations in ordinary Burn operations: for backends without kernels of their own, and what such
//! kernels are tested against.

mod activation;
pub mod convolution;
pub mod linear;
pub mod loss;
pub mod norm;
pub mod pool;
mod render;
pub mod tensor;
mod update;
mod weight;

pub use activation::{activation_backward, activation_forward, relu_backward};
pub use render::render;
pub use update::update;
pub use weight::{dense, filters, stored_filters, stored_gradient};
