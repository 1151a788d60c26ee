//! Convolutions in groups, and with padding beyond the reach of the filter, by convolutions that have neither.

use super::backend::Flex;
use crate::kernel::{
    Bias, Convolution, InputGradient, Kernel, LayerBackward, LayerGradients, Weight, reference,
};
use burn::tensor::Tensor;

/// [`Kernel::convolution`] of any.
pub fn convolution(
    op: Convolution,
    images: Tensor<Flex, 4>,
    weight: Weight<Flex, 4>,
    bias: Option<Tensor<Flex, 1>>,
) -> Tensor<Flex, 4> {
    let weight = reference::dense(weight);
    let [_, _, kernel, _] = weight.dims();
    let (op, beyond) = within_reach(op, kernel);
    let images = pad(images, beyond);
    let of_group = |group: usize| {
        let weight = Weight::Dense(part(weight.clone(), 0, group, op.groups));
        let bias = bias.clone().map(|bias| part(bias, 0, group, op.groups));
        Flex::convolution(alone(op), part(images.clone(), 3, group, op.groups), weight, bias)
    };
    Tensor::cat((0..op.groups).map(of_group).collect(), 3)
}

/// [`Kernel::convolution_gradients`] of any.
pub fn gradients(op: Convolution, layer: LayerBackward<Flex, 4, 4>) -> LayerGradients<Flex, 4> {
    let LayerBackward { input, weight, bias, output, gradient, input_gradient } = layer;
    let filters = reference::dense(weight.clone());
    let [_, _, kernel, _] = filters.dims();
    let (op, beyond) = within_reach(op, kernel);
    let shape = input.dims();
    let input = pad(input, beyond);
    let is_skipped = matches!(input_gradient, InputGradient::Skip);
    let of_group = |group: usize| {
        let layer = LayerBackward {
            input: part(input.clone(), 3, group, op.groups),
            weight: Weight::Dense(part(filters.clone(), 0, group, op.groups)),
            bias,
            output: part(output.clone(), 3, group, op.groups),
            gradient: part(gradient.clone(), 3, group, op.groups),
            input_gradient: if is_skipped { InputGradient::Skip } else { InputGradient::Write },
        };
        Flex::convolution_gradients(alone(op), layer)
    };
    let groups: Vec<_> = (0..op.groups).map(of_group).collect();
    let of_input = input_gradient.of(|| {
        let parts = groups.iter().map(|group| group.input.clone().expect("it was asked for"));
        crop(Tensor::cat(parts.collect(), 3), beyond, shape)
    });
    let of_bias = (bias == Bias::Present).then(|| {
        let parts = groups.iter().map(|group| group.bias.clone().expect("it was asked for"));
        Tensor::cat(parts.collect(), 0)
    });
    let of_filters = Tensor::cat(groups.into_iter().map(|group| group.weight).collect(), 0);
    LayerGradients { input: of_input, weight: reference::stored_gradient(&weight, of_filters), bias: of_bias }
}

/// The same with as much padding as the kernels know, and the padding that is left.
fn within_reach(op: Convolution, kernel: usize) -> (Convolution, usize) {
    let padding = op.padding.min(kernel - 1);
    (Convolution { padding, ..op }, op.padding - padding)
}

fn alone(op: Convolution) -> Convolution {
    Convolution { groups: 1, ..op }
}

/// The `at`-th of `count` equal parts along dimension `dim`.
fn part<const D: usize>(tensor: Tensor<Flex, D>, dim: usize, at: usize, count: usize) -> Tensor<Flex, D> {
    let length = tensor.dims()[dim] / count;
    tensor.narrow(dim, at * length, length)
}

/// Zeros around images [n, h, w, c].
fn pad(images: Tensor<Flex, 4>, by: usize) -> Tensor<Flex, 4> {
    if by == 0 {
        return images;
    }
    let [batch, height, width, channels] = images.dims();
    let zeros = Tensor::zeros([batch, height + 2 * by, width + 2 * by, channels], &images.device());
    zeros.slice_assign([0..batch, by..by + height, by..by + width, 0..channels], images)
}

/// The images [n, h, w, c] = `shape` without what [`pad`] has added.
fn crop(images: Tensor<Flex, 4>, by: usize, [batch, height, width, channels]: [usize; 4]) -> Tensor<Flex, 4> {
    images.slice([0..batch, by..by + height, by..by + width, 0..channels])
}
