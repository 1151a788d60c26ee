//! Burn's Flex backend with our kernels: tensors to slices and back.

use std::mem::MaybeUninit;

use burn::tensor::{Bytes, DType, Int, Shape, Tensor, TensorPrimitive};
use burn_flex::{Flex, FlexTensor, Layout};
use burn_std::{AllocationController, AllocationProperty};

use super::cpu::norm::After;
use super::cpu::{self, Buffer, Isa, Start, convolution, linear, loss, norm, pool, sparse};
use super::{
    Activation, Arrays, Bias, Convolution, Kept, Kernel, Layer, LayerGradients, MaxPool, Norm, NormGradients,
    NormLayer, Normalization, Residual, Rule, Wanted, Weight, reference,
};

impl Kernel for Flex {
    fn prefers(kept: &Kept) -> bool {
        sparse::is_faster(kept)
    }

    fn convolution(
        op: Convolution,
        images: Tensor<Self, 4>,
        weight: Weight<Self, 4>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 4> {
        let Some(shape) = shape(op, images.dims(), &weight) else {
            return reference::convolution::forward(op, images, weight, bias);
        };
        let (images, bias) = (values(images), bias.map(values));
        let mut out = Buffer::new(shape.batch * shape.output_len());
        let (isa, x, bias) = (Isa::detect(), slice(&images), bias.as_ref().map(slice));
        let activation = op.activation;
        match weight {
            Weight::All(weight) => {
                convolution::forward(isa, &shape, x, slice(&values(weight)), bias, activation, &mut out);
            }
            Weight::Kept(kept, weight) => convolution::gathered(&shape, x, |pixels| {
                sparse::forward(isa, &kept, pixels, slice(&values(weight)), bias, activation, &mut out);
            }),
        }
        let [height, width, channels] = shape.output;
        tensor(out, [shape.batch, height, width, channels])
    }

    fn convolution_gradients(op: Convolution, layer: Layer<Self, 4, 4>) -> LayerGradients<Self, 4> {
        let Some(shape) = shape(op, layer.input.dims(), &layer.weight) else {
            return reference::convolution::gradients(op, layer);
        };
        let isa = Isa::detect();
        gradients(
            op.activation,
            layer,
            |kept, images, gradient, out| match kept {
                None => convolution::weight_gradient(isa, &shape, images, gradient, out),
                Some(kept) => convolution::gathered(&shape, images, |pixels| {
                    sparse::weight_gradient(isa, kept, pixels, gradient, out);
                }),
            },
            |kept, weight, gradient, start, out| match kept {
                None => convolution::input_gradient(isa, &shape, weight, gradient, start, out),
                Some(kept) => convolution::scattered(&shape, start, out, |start, out| {
                    sparse::input_gradient(isa, kept, weight, gradient, start, out);
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
            Weight::All(weight) => {
                linear::forward(isa, size, x, slice(&values(weight)), bias, activation, &mut out)
            }
            Weight::Kept(kept, weight) => {
                sparse::forward(isa, &kept, x, slice(&values(weight)), bias, activation, &mut out);
            }
        }
        tensor(out, [batch, outputs])
    }

    fn linear_gradients(activation: Activation, layer: Layer<Self, 2, 2>) -> LayerGradients<Self, 2> {
        let [_, size] = layer.input.dims();
        let isa = Isa::detect();
        gradients(
            activation,
            layer,
            |kept, inputs, gradient, out| match kept {
                None => linear::weight_gradient(isa, size, inputs, gradient, out),
                Some(kept) => sparse::weight_gradient(isa, kept, inputs, gradient, out),
            },
            |kept, weight, gradient, start, out| match kept {
                None => linear::input_gradient(isa, size, weight, gradient, start, out),
                Some(kept) => sparse::input_gradient(isa, kept, weight, gradient, start, out),
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
        of_channels(op, norm).forward(Isa::detect(), slice(&images), residual, op.activation, &mut out);
        tensor(out, dims)
    }

    fn normalize_gradients(op: Normalization, layer: NormLayer<Self>) -> NormGradients<Self> {
        let isa = Isa::detect();
        let dims = layer.input.dims();
        let images = values(layer.input);
        let norm = of_channels(op, layer.norm);
        let mut gradient = values(layer.gradient);
        let (weight, bias, input, residual) = match layer.residual {
            Residual::Present => {
                let output = values(layer.output);
                let output = (op.activation == Activation::Relu).then(|| slice(&output));
                let mut out = Buffer::new(dims.iter().product());
                let after = After::Sum { output, of_input: &mut out };
                let (weight, bias) =
                    norm.gradients(isa, op.statistics, after, slice(&images), gradient.storage_mut());
                (weight, bias, tensor(out, dims), Some(wrap(gradient)))
            }
            Residual::Absent => {
                let after = match op.activation {
                    Activation::Identity => After::Nothing,
                    Activation::Relu => After::Relu,
                };
                let (weight, bias) =
                    norm.gradients(isa, op.statistics, after, slice(&images), gradient.storage_mut());
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
        // The same with the roles of both exchanged.
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
        let mut slope = Buffer::new(dims[0] * dims[1]);
        let value = loss::cross_entropy(slice(&logits), &labels, smoothing, &mut slope);
        (array(vec![value]), tensor(slope, dims))
    }

    fn soft_labels(
        student: Tensor<Self, 2>,
        teacher: Tensor<Self, 2>,
        temperature: f64,
    ) -> (Tensor<Self, 1>, Tensor<Self, 2>) {
        let dims = student.dims();
        let (student, teacher) = (values(student), values(teacher));
        let mut slope = Buffer::new(dims[0] * dims[1]);
        let value = loss::soft_labels(slice(&student), slice(&teacher), dims[1], temperature, &mut slope);
        (array(vec![value]), tensor(slope, dims))
    }

    fn update<R: Rule<N>, const N: usize>(
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

/// The pass back through a layer with a weight. `of_weight(kept, input, gradient, out)` writes the gradient of
/// the weight, `of_input(kept, weight, gradient, start, out)` that of the input.
fn gradients<const D: usize, const W: usize>(
    activation: Activation,
    layer: Layer<Flex, D, W>,
    of_weight: impl FnOnce(Option<&Kept>, &[f32], &[f32], &mut [f32]),
    of_input: impl FnOnce(Option<&Kept>, &[f32], &[f32], Start<'_>, &mut [f32]),
) -> LayerGradients<Flex, D> {
    let (dims, count) = (layer.input.dims(), layer.weight.count());
    let channels = layer.output.dims()[D - 1];
    let gradient = before_activation(activation, layer.output, layer.gradient);
    let gradient = slice(&gradient);
    let bias = (layer.bias == Bias::Present).then(|| array(cpu::sum(Isa::detect(), gradient, channels)));
    let (kept, filters) = match layer.weight {
        Weight::All(weight) => (None, values(weight)),
        Weight::Kept(kept, weight) => (Some(kept), values(weight)),
    };
    let mut weight = Buffer::new(count);
    of_weight(kept.as_deref(), slice(&values(layer.input)), gradient, &mut weight);
    let input = match layer.wanted {
        Wanted::Nothing => None,
        Wanted::Gradient => {
            let mut out = Buffer::new(dims.iter().product());
            of_input(kept.as_deref(), slice(&filters), gradient, Start::Zero, &mut out);
            Some(tensor(out, dims))
        }
        Wanted::Onto(other) => {
            let mut out = values(other);
            of_input(kept.as_deref(), slice(&filters), gradient, Start::Out, out.storage_mut());
            Some(wrap(out))
        }
    };
    LayerGradients { input, weight: tensor(weight, [count]), bias }
}

/// `tensor`, lying together from the beginning of its memory.
fn values<const D: usize>(tensor: Tensor<Flex, D>) -> FlexTensor {
    tensor.into_primitive().tensor().to_contiguous()
}

fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.storage()
}

fn wrap<const D: usize>(tensor: FlexTensor) -> Tensor<Flex, D> {
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}

fn tensor<const D: usize>(values: Buffer, shape: [usize; D]) -> Tensor<Flex, D> {
    let length = values.len() * size_of::<f32>();
    // SAFETY: all of a buffer is initialized.
    let bytes = unsafe { Bytes::from_controller(Box::new(values), length) };
    wrap(FlexTensor::new(bytes, Layout::contiguous(Shape::from(shape)), DType::F32))
}

fn array(values: Vec<f32>) -> Tensor<Flex, 1> {
    let layout = Layout::contiguous(Shape::from([values.len()]));
    wrap(FlexTensor::new(Bytes::from_elems(values), layout, DType::F32))
}

/// The pool gets a tensor's memory back when the tensor is dropped.
impl AllocationController for Buffer {
    fn alloc_align(&self) -> usize {
        align_of::<f32>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Native
    }

    unsafe fn memory_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        let values: &mut [f32] = self;
        // SAFETY: the same memory, as bytes; the caller writes only initialized ones, and all are values.
        unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
    }

    fn memory(&self) -> &[MaybeUninit<u8>] {
        let values: &[f32] = self;
        // SAFETY: the same memory, as bytes.
        unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
    }
}

/// Number of outputs and inputs.
fn matrix<const W: usize>(weight: &Weight<Flex, W>) -> [usize; 2] {
    match weight {
        Weight::All(weight) => [weight.dims()[0], weight.dims()[1]],
        Weight::Kept(kept, _) => kept.shape(),
    }
}

/// The sizes of a convolution that has a kernel; `None` for others.
fn shape(op: Convolution, images: [usize; 4], weight: &Weight<Flex, 4>) -> Option<convolution::Shape> {
    let [batch, height, width, channels] = images;
    let [outputs, _] = matrix(weight);
    let kernel = match weight {
        Weight::All(weight) => weight.dims()[2],
        Weight::Kept(..) => 1,
    };
    let Convolution { stride, padding, groups, .. } = op;
    let size = |size: usize| (size + 2 * padding - kernel) / stride + 1;
    (groups == 1 && padding < kernel).then(|| convolution::Shape {
        batch,
        input: [height, width, channels],
        output: [size(height), size(width), outputs],
        kernel,
        stride,
        padding,
    })
}

/// The sizes of a pooling, and of what it gives.
fn window(op: MaxPool, images: [usize; 4]) -> (pool::Window, [usize; 4]) {
    let [batch, height, width, channels] = images;
    let MaxPool { kernel, stride } = op;
    let output = [(height - kernel) / stride + 1, (width - kernel) / stride + 1];
    let window = pool::Window { input: [height, width, channels], output, kernel, stride };
    (window, [batch, output[0], output[1], channels])
}

fn before_activation<const D: usize>(
    activation: Activation,
    output: Tensor<Flex, D>,
    gradient: Tensor<Flex, D>,
) -> FlexTensor {
    let mut gradient = values(gradient);
    if activation == Activation::Relu {
        cpu::stop(Isa::detect(), slice(&values(output)), gradient.storage_mut());
    }
    gradient
}

fn of_channels(op: Normalization, norm: Norm<Flex>) -> norm::Norm {
    let list = |array: Tensor<Flex, 1>| slice(&values(array)).to_vec();
    let inverse = |variance: f32| (1.0 / (f64::from(variance) + op.epsilon).sqrt()) as f32;
    norm::Norm {
        mean: list(norm.mean),
        inverse: list(norm.variance).into_iter().map(inverse).collect(),
        weight: list(norm.weight),
        bias: list(norm.bias),
    }
}
