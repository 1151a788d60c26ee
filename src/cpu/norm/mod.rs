//! Batch norm over rows of channels, fused with the addition and the ReLU that follow it.

mod batch_norm;
mod forward;
mod gradients;
mod moments;

pub use batch_norm::{BatchNorm, Statistics};
pub use gradients::Epilogue;
pub use moments::moments;
