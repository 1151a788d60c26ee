//! What a component may ask of a backend beyond Burn's own operations.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

use std::sync::Arc;

use super::{Kept, reference};

/// The operations that training spends its time in, each with the pass back through it.
///
/// A default body of ordinary Burn operations serves every backend, and is what the kernels of a backend
/// that has its own are tested against. Images have their channels last: [images, height, width,
/// channels]. Weights are laid out as in PyTorch.
pub trait Kernel: Backend {
    /// Whether a layer is faster with the weights in `kept` alone than with all of them.
    fn prefers(_kept: &Kept) -> bool {
        false
    }

    /// Convolution with a square kernel and zeros around the image; `weight` is [out, in / groups, k, k]
    /// and `bias` [out].
    fn convolution(
        op: Convolution,
        images: Tensor<Self, 4>,
        weight: Weight<Self, 4>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 4> {
        reference::convolution::forward(op, images, weight, bias)
    }

    /// The way back: the gradients of the input [images, height, width, channels], where it is wanted, of
    /// the weight, flat, and of the bias [out].
    fn convolution_gradients(op: Convolution, layer: Layer<Self, 4, 4>) -> LayerGradients<Self, 4> {
        reference::convolution::gradients(op, layer)
    }

    /// `inputs` [images, in] times `weight` [out, in], turned, plus `bias` [out].
    fn linear_layer(
        activation: Activation,
        inputs: Tensor<Self, 2>,
        weight: Weight<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 2> {
        reference::linear::forward(activation, inputs, weight, bias)
    }

    /// The way back: the gradients of the inputs [images, in], where they are wanted, of the weight, flat,
    /// and of the bias [out].
    fn linear_gradients(activation: Activation, layer: Layer<Self, 2, 2>) -> LayerGradients<Self, 2> {
        reference::linear::gradients(activation, layer)
    }

    /// Mean and biased variance of each channel, over the batch and all pixels.
    fn moments(images: Tensor<Self, 4>) -> [Tensor<Self, 1>; 2] {
        reference::norm::moments(images)
    }

    /// (images − mean) / √(variance + ε) · weight + bias, + `residual` [as images].
    fn normalize(
        op: Normalization,
        images: Tensor<Self, 4>,
        norm: Norm<Self>,
        residual: Option<Tensor<Self, 4>>,
    ) -> Tensor<Self, 4> {
        reference::norm::forward(op, images, norm, residual)
    }

    /// The way back: the gradients of the images, of weight and bias [channels], and of the residual.
    fn normalize_gradients(op: Normalization, layer: NormLayer<Self>) -> NormGradients<Self> {
        reference::norm::gradients(op, layer)
    }

    /// The largest value of each window, without padding.
    fn max_pool(op: MaxPool, images: Tensor<Self, 4>) -> Tensor<Self, 4> {
        reference::pool::max(op, images)
    }

    /// The gradient of max pooling's input: each window's goes to the first of its largest values.
    fn max_pool_gradient(
        op: MaxPool,
        images: Tensor<Self, 4>,
        _output: Tensor<Self, 4>,
        gradient: Tensor<Self, 4>,
    ) -> Tensor<Self, 4> {
        reference::pool::max_gradient(op, images, gradient)
    }

    /// The mean over height and width: [images, 1, 1, channels].
    fn global_average(images: Tensor<Self, 4>) -> Tensor<Self, 4> {
        images.mean_dim(1).mean_dim(2)
    }

    /// The gradient of the mean's input, [images, height, width, channels] = `shape`.
    fn global_average_gradient(shape: [usize; 4], gradient: Tensor<Self, 4>) -> Tensor<Self, 4> {
        gradient.div_scalar((shape[1] * shape[2]) as f64).expand(shape)
    }

    /// Features in the order of channels first, as PyTorch's: [images, channels · height · width].
    fn flatten(images: Tensor<Self, 4>) -> Tensor<Self, 2> {
        images.permute([0, 3, 1, 2]).flatten(1, 3)
    }

    /// The gradient of what was flattened, [images, height, width, channels] = `shape`.
    fn flatten_gradient(shape: [usize; 4], gradient: Tensor<Self, 2>) -> Tensor<Self, 4> {
        let [batch, height, width, channels] = shape;
        gradient.reshape([batch, channels, height, width]).permute([0, 2, 3, 1])
    }

    /// Mean cross-entropy of `logits` [images, classes] with `labels` [images], in nats, and its gradient.
    fn cross_entropy(
        logits: Tensor<Self, 2>,
        labels: Tensor<Self, 1, Int>,
        smoothing: f64,
    ) -> (Tensor<Self, 1>, Tensor<Self, 2>) {
        reference::loss::cross_entropy(logits, labels, smoothing)
    }

    /// T² · KL(teacher ‖ student) of logits [images, classes] at temperature T, mean over the images, in
    /// nats, and its gradient for the student.
    fn soft_labels(
        student: Tensor<Self, 2>,
        teacher: Tensor<Self, 2>,
        temperature: f64,
    ) -> (Tensor<Self, 1>, Tensor<Self, 2>) {
        reference::loss::soft_labels(student, teacher, temperature)
    }

    /// One step of an optimizer on one array: `rule` for every element of it. Where `mask` is zero, the
    /// gradient counts as zero and the value becomes zero.
    fn update<R: Rule<N>, const N: usize>(
        rule: &R,
        arrays: Arrays<Self, N>,
        gradient: Tensor<Self, 1>,
        mask: Option<Tensor<Self, 1>>,
    ) -> Arrays<Self, N> {
        reference::update(rule, arrays, gradient, mask)
    }
}

/// What is done to each value in the same pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    Identity,
    Relu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    pub stride: usize,
    pub padding: usize,
    pub groups: usize,
    pub activation: Activation,
}

/// The weight of a layer.
#[derive(Clone, Debug)]
pub enum Weight<B: Backend, const W: usize> {
    All(Tensor<B, W>),
    /// Of a matrix, the kept weights alone, in their order; the others are zero.
    Kept(Arc<Kept>, Tensor<B, 1>),
}

impl<B: Backend, const W: usize> Weight<B, W> {
    /// The number of weights.
    pub fn count(&self) -> usize {
        match self {
            Self::All(weight) => weight.dims().iter().product(),
            Self::Kept(_, weight) => weight.dims()[0],
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

/// Where batch norm's mean and variance come from: those of the batch itself have slopes of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistics {
    Batch,
    Running,
}

/// Pooling over square windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool {
    pub kernel: usize,
    pub stride: usize,
}

/// A layer with a weight, as the pass back finds it.
#[derive(Debug)]
pub struct Layer<B: Backend, const D: usize, const W: usize> {
    pub input: Tensor<B, D>,
    pub weight: Weight<B, W>,
    pub bias: Bias,
    pub output: Tensor<B, D>,
    /// Of the output.
    pub gradient: Tensor<B, D>,
    pub wanted: Wanted<B, D>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    Present,
    Absent,
}

/// What becomes of the gradient of a layer's input.
#[derive(Debug)]
pub enum Wanted<B: Backend, const D: usize> {
    /// Nobody asks for it: nothing before the layer has a parameter.
    Nothing,
    Gradient,
    /// It is added to what the input's other uses gave.
    Onto(Tensor<B, D>),
}

#[derive(Debug)]
pub struct LayerGradients<B: Backend, const D: usize> {
    pub input: Option<Tensor<B, D>>,
    /// Flat; of the kept weights alone where the layer had these.
    pub weight: Tensor<B, 1>,
    pub bias: Option<Tensor<B, 1>>,
}

/// Batch norm's arrays, [channels] each.
#[derive(Clone, Debug)]
pub struct Norm<B: Backend> {
    pub mean: Tensor<B, 1>,
    pub variance: Tensor<B, 1>,
    pub weight: Tensor<B, 1>,
    pub bias: Tensor<B, 1>,
}

/// Batch norm, as the pass back finds it.
#[derive(Debug)]
pub struct NormLayer<B: Backend> {
    pub input: Tensor<B, 4>,
    pub norm: Norm<B>,
    pub residual: Residual,
    pub output: Tensor<B, 4>,
    /// Of the output.
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

/// What an optimizer does to every element alike, written for tensors and for one element: the same
/// formula. N is the number of arrays that it remembers; they begin as zeros.
pub trait Rule<const N: usize>: Sync {
    fn tensors<B: Backend>(&self, arrays: Arrays<B, N>, gradient: Tensor<B, 1>) -> Arrays<B, N>;

    /// The new value and state, for a value, its state and its gradient.
    fn element(&self, value: f32, state: [f32; N], gradient: f32) -> (f32, [f32; N]);
}

/// An array of parameters, flat, and what an optimizer remembers of it.
#[derive(Clone, Debug)]
pub struct Arrays<B: Backend, const N: usize> {
    pub value: Tensor<B, 1>,
    pub state: [Tensor<B, 1>; N],
}
