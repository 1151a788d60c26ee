//! What the operations of [`Kernel`](super::Kernel) take and return.

use super::{Activation, SparsityPattern, Statistics};
use crate::cpu::convolution::Sizes;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    pub stride: usize,
    pub padding: usize,
    pub groups: usize,
    pub activation: Activation,
}

impl Convolution {
    /// The output's [batch, height, width, channels], for those of the images and a weight [out, in / groups, k, k].
    pub(super) fn output(&self, [batch, height, width, _]: [usize; 4], weight: [usize; 4]) -> [usize; 4] {
        let [outputs, _, kernel, _] = weight;
        let side = |size: usize| (size + 2 * self.padding - kernel) / self.stride + 1;
        [batch, side(height), side(width), outputs]
    }

    /// The sizes for images [batch, height, width, channels] and so many outputs, where there are no groups.
    pub(super) fn sizes(&self, images: [usize; 4], outputs: usize, kernel: usize) -> Option<Sizes> {
        let [_, height, width, channels] = images;
        let &Self { stride, padding, groups, .. } = self;
        let [batch, output @ ..] = self.output(images, [outputs, channels, kernel, kernel]);
        let input = [height, width, channels];
        (groups == 1).then_some(Sizes { batch, input, output, kernel, stride, padding })
    }
}

/// The order in which a backend keeps the weight of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterOrder {
    /// [out, in / groups, k, k], as in PyTorch.
    ChannelsFirst,
    /// [out, k, k, in / groups], as the images that it meets.
    ChannelsLast,
}

/// The weight of a layer.
#[derive(Clone, Debug)]
pub enum Weight<B: Backend, const W: usize> {
    Dense(Tensor<B, W>),
    /// Of a matrix or a 1 × 1 convolution: the kept weights in the order of the pattern. All others are zero.
    Sparse(Arc<SparsityPattern>, Tensor<B, 1>),
}

impl<B: Backend, const W: usize> Weight<B, W> {
    /// Number of stored weights.
    pub fn count(&self) -> usize {
        match self {
            Self::Dense(weight) => weight.dims().iter().product(),
            Self::Sparse(_, weight) => weight.dims()[0],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalization {
    /// ε, added to the variance.
    pub epsilon: f64,
    pub statistics: Statistics,
    pub activation: Activation,
}

/// Pooling over square windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool {
    pub kernel: usize,
    pub stride: usize,
}

/// The operands of the backward pass of a layer with a weight.
#[derive(Debug)]
pub struct LayerBackward<B: Backend, const D: usize, const W: usize> {
    pub input: Tensor<B, D>,
    pub weight: Weight<B, W>,
    pub bias: Bias,
    pub output: Tensor<B, D>,
    /// The gradient of the output.
    pub gradient: Tensor<B, D>,
    pub input_gradient: InputGradient<B, D>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    Present,
    Absent,
}

/// What to do with the gradient of a layer's input.
#[derive(Debug)]
pub enum InputGradient<B: Backend, const D: usize> {
    /// It is not needed: no parameter comes before the layer.
    Skip,
    Write,
    /// Add it to the gradient from the input's other uses.
    Accumulate(Tensor<B, D>),
}

impl<B: Backend, const D: usize> InputGradient<B, D> {
    /// What is asked for, where `compute` gives the gradient itself.
    pub(super) fn of(self, compute: impl FnOnce() -> Tensor<B, D>) -> Option<Tensor<B, D>> {
        match self {
            Self::Skip => None,
            Self::Write => Some(compute()),
            Self::Accumulate(other) => Some(compute() + other),
        }
    }
}

#[derive(Debug)]
pub struct LayerGradients<B: Backend, const D: usize> {
    pub input: Option<Tensor<B, D>>,
    /// Flat; one value a stored weight.
    pub weight: Tensor<B, 1>,
    pub bias: Option<Tensor<B, 1>>,
}

/// Statistics and parameters of a batch norm, [channels] each.
#[derive(Clone, Debug)]
pub struct Norm<B: Backend> {
    pub mean: Tensor<B, 1>,
    pub variance: Tensor<B, 1>,
    pub weight: Tensor<B, 1>,
    pub bias: Tensor<B, 1>,
}

/// The operands of the backward pass of a batch norm.
#[derive(Debug)]
pub struct NormBackward<B: Backend> {
    pub input: Tensor<B, 4>,
    pub norm: Norm<B>,
    pub residual: Residual,
    pub output: Tensor<B, 4>,
    /// The gradient of the output.
    pub gradient: Tensor<B, 4>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residual {
    Present,
    Absent,
}

#[derive(Debug)]
pub struct NormGradients<B: Backend> {
    pub input: Tensor<B, 4>,
    pub weight: Tensor<B, 1>,
    pub bias: Tensor<B, 1>,
    pub residual: Option<Tensor<B, 4>>,
}
