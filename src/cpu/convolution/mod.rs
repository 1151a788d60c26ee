//! Convolution over images with channels last: forward and both gradients, each an implicit matrix product.
//!
//! All three pad a few images at a time into memory that stays in the cache. The forward pass is a
//! product with a row for each output pixel and a column for each output channel. The gradient of the
//! input is the same with input and output exchanged, once for each phase of the stride. The gradient of the
//! weights has a row for each weight of a filter and sums over pixels. Rows of a filter that only meet
//! padding are skipped.

mod forward;
mod input_gradient;
mod pack;
mod padded;
mod phase;
mod pointwise;
mod sizes;
mod weight_gradient;

pub use forward::forward;
pub use input_gradient::input_gradient;
pub use pointwise::{gathered, scattered};
pub use sizes::Sizes;
pub use weight_gradient::weight_gradient;
