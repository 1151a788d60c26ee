//! The sizes of a convolution, and of the tasks that it is split into.

/// Bytes of a core's cache that a task uses.
pub(super) const CACHE: usize = 256 << 10;

/// Tasks that a batch is split into, on any number of threads: at most this many for the gradient of the
/// weights where vectors are longest, elsewhere at least this many if there are enough images.
pub(super) const TASKS: usize = 16;

/// Output channels that share a slice of the batch in the gradient of the weights: those of a task where vectors
/// are longest. Shorter vectors split them into more tasks, and the batch into the same slices.
pub(super) const CHANNELS: usize = 32;

/// Input channels of a block in the gradient of the weights: a cache line.
pub(super) const BLOCK: usize = 16;

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
    /// For the kernels of this module at most `kernel` − 1.
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
