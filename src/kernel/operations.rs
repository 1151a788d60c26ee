//! The operations that a backend provides beyond Burn's own.

use super::{
    Activation, Arrays, Convolution, FilterOrder, LayerBackward, LayerGradients, MaxPool, Norm, NormBackward,
    NormGradients, Normalization, RawImages, SparsityPattern, UpdateRule, Weight, reference,
};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

/// The operations that training spends its time in, each with its backward pass.
///
/// A default body of ordinary Burn operations serves every backend, and a backend's own kernels are tested
/// against it. Images have their channels last: [images, height, width, channels]. Weights have PyTorch's
/// dimensions.
pub trait Kernel: Backend {
    /// How the weight of a convolution, its gradient and its mask lie in memory.
    fn filter_order() -> FilterOrder {
        FilterOrder::ChannelsFirst
    }

    /// Whether a layer is faster with a sparse weight of this pattern than with a dense one.
    fn prefers_sparse(_pattern: &SparsityPattern) -> bool {
        false
    }

    /// Whether a data set stays on the device as bytes, of which [`render`](Self::render) makes batches.
    fn keeps_images() -> bool {
        false
    }

    /// Images [batch, height, width, channels] of `raw` ones. `places` [batch, 4] has for each which one it is, how many
    /// pixels down and to the right what it shows lies, and 1 where it is mirrored after that; what lies outside of the
    /// raw image has byte 0.
    fn render(raw: &RawImages<Self>, places: Tensor<Self, 2, Int>) -> Tensor<Self, 4> {
        reference::render(raw, places)
    }

    /// Convolution with a square kernel and zero padding; `weight` is [out, in / groups, k, k] and `bias`
    /// [out].
    fn convolution(
        op: Convolution,
        images: Tensor<Self, 4>,
        weight: Weight<Self, 4>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 4> {
        reference::convolution::forward(op, images, weight, bias)
    }

    /// The backward pass of [`convolution`](Self::convolution): the gradients of the input (unless skipped), of
    /// the weight, flat and in its [order](Self::filter_order), and of the bias.
    fn convolution_gradients(op: Convolution, layer: LayerBackward<Self, 4, 4>) -> LayerGradients<Self, 4> {
        reference::convolution::gradients(op, layer)
    }

    /// activation(`inputs` · `weight`ᵀ + `bias`), for `inputs` [images, in], `weight` [out, in] and `bias` [out].
    fn linear_layer(
        activation: Activation,
        inputs: Tensor<Self, 2>,
        weight: Weight<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 2> {
        reference::linear::forward(activation, inputs, weight, bias)
    }

    /// The backward pass of [`linear_layer`](Self::linear_layer): the gradients of the inputs (unless skipped),
    /// of the weight, flat, and of the bias.
    fn linear_gradients(activation: Activation, layer: LayerBackward<Self, 2, 2>) -> LayerGradients<Self, 2> {
        reference::linear::gradients(activation, layer)
    }

    /// Mean and biased variance of each channel, over the batch and all pixels.
    fn moments(images: Tensor<Self, 4>) -> [Tensor<Self, 1>; 2] {
        reference::norm::moments(images)
    }

    /// activation((images − mean) / √(variance + ε) · weight + bias (+ `residual`)).
    fn normalize(
        op: Normalization,
        images: Tensor<Self, 4>,
        norm: Norm<Self>,
        residual: Option<Tensor<Self, 4>>,
    ) -> Tensor<Self, 4> {
        reference::norm::forward(op, images, norm, residual)
    }

    /// The backward pass of [`normalize`](Self::normalize): the gradients of the images, of weight and bias
    /// [channels], and of the residual.
    fn normalize_gradients(op: Normalization, layer: NormBackward<Self>) -> NormGradients<Self> {
        reference::norm::gradients(op, layer)
    }

    /// `old` · `kept` + `new` · `share`: the running statistics after a batch.
    fn running(old: Tensor<Self, 1>, new: Tensor<Self, 1>, kept: f64, share: f64) -> Tensor<Self, 1> {
        old * kept + new * share
    }

    /// The largest value of each window, without padding.
    fn max_pool(op: MaxPool, images: Tensor<Self, 4>) -> Tensor<Self, 4> {
        reference::pool::max(op, images)
    }

    /// The gradient of max pooling's input: that of each window goes to the first of its largest values.
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

    /// The gradient of the input of [`global_average`](Self::global_average), which is [images, height, width,
    /// channels] = `shape`.
    fn global_average_gradient(shape: [usize; 4], gradient: Tensor<Self, 4>) -> Tensor<Self, 4> {
        gradient.div_scalar((shape[1] * shape[2]) as f64).expand(shape)
    }

    /// Features in the order of channels first, as PyTorch's: [images, channels · height · width].
    fn flatten(images: Tensor<Self, 4>) -> Tensor<Self, 2> {
        images.permute([0, 3, 1, 2]).flatten(1, 3)
    }

    /// The gradient of the input of [`flatten`](Self::flatten), which is [images, height, width, channels] =
    /// `shape`.
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

    /// One step of an optimizer: applies `rule` to every element of the arrays. Where `mask` is zero, the
    /// gradient counts as zero and the value is set to zero.
    fn update<R: UpdateRule<N>, const N: usize>(
        rule: &R,
        arrays: Arrays<Self, N>,
        gradient: Tensor<Self, 1>,
        mask: Option<Tensor<Self, 1>>,
    ) -> Arrays<Self, N> {
        reference::update(rule, arrays, gradient, mask)
    }
}
