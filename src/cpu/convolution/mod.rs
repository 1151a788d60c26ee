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
mod weight_gradient;

pub use forward::forward;
pub use input_gradient::input_gradient;
pub use pointwise::{gathered, scattered};
pub use weight_gradient::weight_gradient;

/// Bytes of a core's cache that a task uses.
const CACHE: usize = 256 << 10;

/// Tasks that a batch is split into, on any number of threads: at most this many for the gradient of the
/// weights, elsewhere at least this many if there are enough images.
const TASKS: usize = 16;

/// Input channels of a block in the gradient of the weights: a cache line.
const BLOCK: usize = 16;

/// Sizes of a convolution without groups or dilation: square kernels, zeros around the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    pub batch: usize,
    /// Height, width and channels.
    pub input: [usize; 3],
    /// Height, width and channels.
    pub output: [usize; 3],
    pub kernel: usize,
    pub stride: usize,
    /// At most `kernel` − 1.
    pub padding: usize,
}

impl Sizes {
    /// Values of an input image.
    pub fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Values of an output image.
    pub fn output_len(&self) -> usize {
        self.output.iter().product()
    }

    /// Weights: output channels × input channels × kernel × kernel.
    pub fn weights(&self) -> usize {
        self.output[2] * self.input[2] * self.kernel * self.kernel
    }
}
