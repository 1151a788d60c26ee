//! Our CPU kernels for Burn's Flex backend.

mod backend;
mod convert;
mod floats;
mod grouped;
mod integers;
mod modules;

use super::{
    Activation, Arrays, Bias, Convolution, InputGradient, Kernel, LayerBackward, LayerGradients, MaxPool,
    Norm, NormBackward, NormGradients, Normalization, Residual, SparsityPattern, UpdateRule, Weight,
};
use crate::cpu::norm::{BatchNorm, Epilogue};
use crate::cpu::{self, Buffer, Isa, Start, convolution, linear, loss, norm, pool, sparse};
use burn::tensor::{Int, Tensor};
use burn_flex::FlexTensor;
use convert::{array, slice, tensor, values, wrap};

pub use backend::Flex;
pub use burn_flex::FlexDevice;

impl Kernel for Flex {
    fn prefers_sparse(pattern: &SparsityPattern) -> bool {
        sparse::is_faster(pattern)
    }

    fn convolution(
        op: Convolution,
        images: Tensor<Self, 4>,
        weight: Weight<Self, 4>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 4> {
        let Some(sizes) = sizes(op, images.dims(), &weight) else {
            return grouped::convolution(op, images, weight, bias);
        };
        let (images, bias) = (values(images), bias.map(values));
        let mut out = Buffer::new(sizes.batch * sizes.output_len());
        let (isa, x, bias) = (Isa::detect(), slice(&images), bias.as_ref().map(slice));
        let activation = op.activation;
        match weight {
            Weight::Dense(weight) => {
                convolution::forward(isa, &sizes, x, slice(&values(weight)), bias, activation, &mut out);
            }
            Weight::Sparse(pattern, weight) => convolution::gathered(&sizes, x, |pixels| {
                sparse::forward(isa, &pattern, pixels, slice(&values(weight)), bias, activation, &mut out);
            }),
        }
        let [height, width, channels] = sizes.output;
        tensor(out, [sizes.batch, height, width, channels])
    }

    fn convolution_gradients(op: Convolution, layer: LayerBackward<Self, 4, 4>) -> LayerGradients<Self, 4> {
        let Some(sizes) = sizes(op, layer.input.dims(), &layer.weight) else {
            return grouped::gradients(op, layer);
        };
        let isa = Isa::detect();
        gradients(
            op.activation,
            layer,
            |pattern, images, gradient, out| match pattern {
                None => convolution::weight_gradient(isa, &sizes, images, gradient, out),
                Some(pattern) => convolution::gathered(&sizes, images, |pixels| {
                    sparse::weight_gradient(isa, pattern, pixels, gradient, out);
                }),
            },
            |pattern, weight, gradient, start, out| match pattern {
                None => convolution::input_gradient(isa, &sizes, weight, gradient, start, out),
                Some(pattern) => convolution::scattered(&sizes, start, out, |start, out| {
                    sparse::input_gradient(isa, pattern, weight, gradient, start, out);
                }),
            },
        )
    }

    fn linear_layer(
        activation: Activation,
        inputs: Tensor<Self, 2>,
        weight: Weight<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 2> {
        let [batch, size] = inputs.dims();
        let [outputs, _] = matrix(&weight);
        let (inputs, bias) = (values(inputs), bias.map(values));
        let mut out = Buffer::new(batch * outputs);
        let (isa, x, bias) = (Isa::detect(), slice(&inputs), bias.as_ref().map(slice));
        match weight {
            Weight::Dense(weight) => {
                linear::forward(isa, size, x, slice(&values(weight)), bias, activation, &mut out)
            }
            Weight::Sparse(pattern, weight) => {
                sparse::forward(isa, &pattern, x, slice(&values(weight)), bias, activation, &mut out);
            }
        }
        tensor(out, [batch, outputs])
    }

    fn linear_gradients(activation: Activation, layer: LayerBackward<Self, 2, 2>) -> LayerGradients<Self, 2> {
        let [_, size] = layer.input.dims();
        let isa = Isa::detect();
        gradients(
            activation,
            layer,
            |pattern, inputs, gradient, out| match pattern {
                None => linear::weight_gradient(isa, size, inputs, gradient, out),
                Some(pattern) => sparse::weight_gradient(isa, pattern, inputs, gradient, out),
            },
            |pattern, weight, gradient, start, out| match pattern {
                None => linear::input_gradient(isa, size, weight, gradient, start, out),
                Some(pattern) => sparse::input_gradient(isa, pattern, weight, gradient, start, out),
            },
        )
    }

    fn moments(images: Tensor<Self, 4>) -> [Tensor<Self, 1>; 2] {
        let [.., channels] = images.dims();
        let (mean, variance) = norm::moments(Isa::detect(), slice(&values(images)), channels);
        [array(mean), array(variance)]
    }

    fn normalize(
        op: Normalization,
        images: Tensor<Self, 4>,
        norm: Norm<Self>,
        residual: Option<Tensor<Self, 4>>,
    ) -> Tensor<Self, 4> {
        let dims = images.dims();
        let (images, residual) = (values(images), residual.map(values));
        let mut out = Buffer::new(dims.iter().product());
        let residual = residual.as_ref().map(slice);
        batch_norm(op, norm).forward(Isa::detect(), slice(&images), residual, op.activation, &mut out);
        tensor(out, dims)
    }

    fn normalize_gradients(op: Normalization, layer: NormBackward<Self>) -> NormGradients<Self> {
        let isa = Isa::detect();
        let dims = layer.input.dims();
        let images = values(layer.input);
        let norm = batch_norm(op, layer.norm);
        let mut gradient = values(layer.gradient);
        let (weight, bias, input, residual) = match layer.residual {
            Residual::Present => {
                let output = values(layer.output);
                let relu_output = (op.activation == Activation::Relu).then(|| slice(&output));
                let mut out = Buffer::new(dims.iter().product());
                let epilogue = Epilogue::Add { relu_output, input_gradient: &mut out };
                let (weight, bias) =
                    norm.gradients(isa, op.statistics, epilogue, slice(&images), gradient.storage_mut());
                (weight, bias, tensor(out, dims), Some(wrap(gradient)))
            }
            Residual::Absent => {
                let epilogue = match op.activation {
                    Activation::Identity => Epilogue::Identity,
                    Activation::Relu => Epilogue::Relu,
                };
                let (weight, bias) =
                    norm.gradients(isa, op.statistics, epilogue, slice(&images), gradient.storage_mut());
                (weight, bias, wrap(gradient), None)
            }
        };
        NormGradients { input, weight: array(weight), bias: array(bias), residual }
    }

    fn max_pool(op: MaxPool, images: Tensor<Self, 4>) -> Tensor<Self, 4> {
        let (window, dims) = window(op, images.dims());
        let mut out = Buffer::new(dims.iter().product());
        pool::max(Isa::detect(), &window, slice(&values(images)), &mut out);
        tensor(out, dims)
    }

    fn max_pool_gradient(
        op: MaxPool,
        images: Tensor<Self, 4>,
        output: Tensor<Self, 4>,
        gradient: Tensor<Self, 4>,
    ) -> Tensor<Self, 4> {
        let dims = images.dims();
        let (window, _) = window(op, dims);
        let (images, output, gradient) = (values(images), values(output), values(gradient));
        let mut out = Buffer::new(dims.iter().product());
        let isa = Isa::detect();
        pool::max_gradient(isa, &window, slice(&images), slice(&output), slice(&gradient), &mut out);
        tensor(out, dims)
    }

    fn global_average(images: Tensor<Self, 4>) -> Tensor<Self, 4> {
        let [batch, height, width, channels] = images.dims();
        let mut out = Buffer::new(batch * channels);
        pool::mean(Isa::detect(), height * width, channels, slice(&values(images)), &mut out);
        tensor(out, [batch, 1, 1, channels])
    }

    fn global_average_gradient(shape: [usize; 4], gradient: Tensor<Self, 4>) -> Tensor<Self, 4> {
        let [_, height, width, channels] = shape;
        let mut out = Buffer::new(shape.iter().product());
        pool::mean_gradient(Isa::detect(), height * width, channels, slice(&values(gradient)), &mut out);
        tensor(out, shape)
    }

    fn flatten(images: Tensor<Self, 4>) -> Tensor<Self, 2> {
        let [batch, height, width, channels] = images.dims();
        if channels == 1 {
            return images.reshape([batch, height * width]);
        }
        let mut out = Buffer::new(batch * height * width * channels);
        cpu::flatten(channels, height * width, slice(&values(images)), &mut out);
        tensor(out, [batch, channels * height * width])
    }

    fn flatten_gradient(shape: [usize; 4], gradient: Tensor<Self, 2>) -> Tensor<Self, 4> {
        let [_, height, width, channels] = shape;
        let mut out = Buffer::new(shape.iter().product());
        // The inverse permutation is the same one with pixels and channels exchanged.
        cpu::flatten(height * width, channels, slice(&values(gradient)), &mut out);
        tensor(out, shape)
    }

    fn cross_entropy(
        logits: Tensor<Self, 2>,
        labels: Tensor<Self, 1, Int>,
        smoothing: f64,
    ) -> (Tensor<Self, 1>, Tensor<Self, 2>) {
        let dims = logits.dims();
        let logits = values(logits);
        let labels: Vec<i32> = labels.into_data().iter().collect();
        let mut gradient = Buffer::new(dims[0] * dims[1]);
        let value = loss::cross_entropy(slice(&logits), &labels, smoothing, &mut gradient);
        (array(vec![value]), tensor(gradient, dims))
    }

    fn soft_labels(
        student: Tensor<Self, 2>,
        teacher: Tensor<Self, 2>,
        temperature: f64,
    ) -> (Tensor<Self, 1>, Tensor<Self, 2>) {
        let dims = student.dims();
        let (student, teacher) = (values(student), values(teacher));
        let mut gradient = Buffer::new(dims[0] * dims[1]);
        let value = loss::soft_labels(slice(&student), slice(&teacher), dims[1], temperature, &mut gradient);
        (array(vec![value]), tensor(gradient, dims))
    }

    fn update<R: UpdateRule<N>, const N: usize>(
        rule: &R,
        arrays: Arrays<Self, N>,
        gradient: Tensor<Self, 1>,
        mask: Option<Tensor<Self, 1>>,
    ) -> Arrays<Self, N> {
        let (gradient, mask) = (values(gradient), mask.map(values));
        let mut value = values(arrays.value);
        let mut state = arrays.state.map(values);
        let of_state = state.each_mut().map(FlexTensor::storage_mut);
        let mask = mask.as_ref().map(slice);
        let element = |value, state, gradient| rule.element(value, state, gradient);
        cpu::update(Isa::detect(), element, value.storage_mut(), of_state, slice(&gradient), mask);
        Arrays { value: wrap(value), state: state.map(wrap) }
    }
}

/// The backward pass of a layer with a weight. `of_weight(pattern, input, gradient, out)` computes the gradient
/// of the weight, `of_input(pattern, weight, gradient, start, out)` that of the input.
fn gradients<const D: usize, const W: usize>(
    activation: Activation,
    layer: LayerBackward<Flex, D, W>,
    of_weight: impl FnOnce(Option<&SparsityPattern>, &[f32], &[f32], &mut [f32]),
    of_input: impl FnOnce(Option<&SparsityPattern>, &[f32], &[f32], Start<'_>, &mut [f32]),
) -> LayerGradients<Flex, D> {
    let (dims, count) = (layer.input.dims(), layer.weight.count());
    let channels = layer.output.dims()[D - 1];
    let gradient = activation_backward(activation, layer.output, layer.gradient);
    let gradient = slice(&gradient);
    let bias = (layer.bias == Bias::Present).then(|| array(cpu::sum(Isa::detect(), gradient, channels)));
    let (pattern, filters) = match layer.weight {
        Weight::Dense(weight) => (None, values(weight)),
        Weight::Sparse(pattern, weight) => (Some(pattern), values(weight)),
    };
    let mut weight = Buffer::new(count);
    of_weight(pattern.as_deref(), slice(&values(layer.input)), gradient, &mut weight);
    let input = match layer.input_gradient {
        InputGradient::Skip => None,
        InputGradient::Write => {
            let mut out = Buffer::new(dims.iter().product());
            of_input(pattern.as_deref(), slice(&filters), gradient, Start::Zero, &mut out);
            Some(tensor(out, dims))
        }
        InputGradient::Accumulate(other) => {
            let mut out = values(other);
            of_input(pattern.as_deref(), slice(&filters), gradient, Start::Out, out.storage_mut());
            Some(wrap(out))
        }
    };
    LayerGradients { input, weight: tensor(weight, [count]), bias }
}

/// Number of outputs and inputs.
fn matrix<const W: usize>(weight: &Weight<Flex, W>) -> [usize; 2] {
    match weight {
        Weight::Dense(weight) => [weight.dims()[0], weight.dims()[1]],
        Weight::Sparse(pattern, _) => pattern.shape(),
    }
}

/// The sizes of a convolution, or `None` where there is no kernel for it.
fn sizes(op: Convolution, images: [usize; 4], weight: &Weight<Flex, 4>) -> Option<convolution::Sizes> {
    let [outputs, _] = matrix(weight);
    let kernel = match weight {
        Weight::Dense(weight) => weight.dims()[2],
        Weight::Sparse(..) => 1,
    };
    op.sizes(images, outputs, kernel).filter(|sizes| sizes.padding < kernel)
}

/// The sizes of a pooling, and the shape of its output.
fn window(op: MaxPool, images: [usize; 4]) -> (pool::Window, [usize; 4]) {
    let [batch, height, width, channels] = images;
    let MaxPool { kernel, stride } = op;
    let output = [(height - kernel) / stride + 1, (width - kernel) / stride + 1];
    let window = pool::Window { input: [height, width, channels], output, kernel, stride };
    (window, [batch, output[0], output[1], channels])
}

fn activation_backward<const D: usize>(
    activation: Activation,
    output: Tensor<Flex, D>,
    gradient: Tensor<Flex, D>,
) -> FlexTensor {
    let mut gradient = values(gradient);
    if activation == Activation::Relu {
        cpu::relu_backward(Isa::detect(), slice(&values(output)), gradient.storage_mut());
    }
    gradient
}

/// Statistics and parameters on the host, with the inverse standard deviation that the kernels take.
fn batch_norm(op: Normalization, norm: Norm<Flex>) -> BatchNorm {
    let list = |array: Tensor<Flex, 1>| slice(&values(array)).to_vec();
    let inverse = |variance: f32| (1.0 / (f64::from(variance) + op.epsilon).sqrt()) as f32;
    BatchNorm {
        mean: list(norm.mean),
        inverse: list(norm.variance).into_iter().map(inverse).collect(),
        weight: list(norm.weight),
        bias: list(norm.bias),
    }
}
