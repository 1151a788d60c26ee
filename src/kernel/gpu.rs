//! Our GPU kernels for Burn's backends over CubeCL.

use super::{
    Activation, Arrays, Bias, Convolution, FilterOrder, InputGradient, Kernel, LayerBackward, LayerGradients,
    Norm, NormBackward, NormGradients, Normalization, RawImages, Residual, Statistics, UpdateRule, Weight,
    reference,
};
use crate::cpu::convolution::Sizes;
use crate::gpu::images::{self, Image};
use crate::gpu::norm::{Channels, Settings};
use crate::gpu::{GpuArray, convolution, norm, update};
use burn::tensor::{DType, Int, Shape, Tensor, TensorPrimitive};
use burn_cubecl::element::BoolElement;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{CubeBackend, CubeRuntime};

type Gpu<R, BT> = CubeBackend<R, f32, i32, BT>;

impl<R: CubeRuntime, BT: BoolElement> Kernel for Gpu<R, BT> {
    fn filter_order() -> FilterOrder {
        FilterOrder::ChannelsLast
    }

    fn keeps_images() -> bool {
        true
    }

    fn render(raw: &RawImages<Self>, places: Tensor<Self, 2, Int>) -> Tensor<Self, 4> {
        let ([channels, height, width], [batch, _]) = (raw.image, places.dims());
        let device = places.device();
        let (words, values) = (whole(raw.words.clone()), array(raw.values.clone()));
        let images = images::render(Image { channels, height, width }, &words, &values, &whole(places));
        tensor(images, &device, [batch, height, width, channels])
    }

    fn convolution(
        op: Convolution,
        images: Tensor<Self, 4>,
        weight: Weight<Self, 4>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 4> {
        let filters = reference::dense(weight);
        let [outputs, _, kernel, _] = filters.dims();
        let Some(sizes) = op.sizes(images.dims(), outputs, kernel) else {
            return reference::convolution::forward(op, images, Weight::Dense(filters), bias);
        };
        let [height, width, channels] = sizes.output;
        let shape = [sizes.batch, height, width, channels];
        forward(op.activation, &sizes, &array(stored(filters)), images, bias, shape)
    }

    fn convolution_gradients(op: Convolution, layer: LayerBackward<Self, 4, 4>) -> LayerGradients<Self, 4> {
        let filters = reference::dense(layer.weight.clone());
        let [outputs, _, kernel, _] = filters.dims();
        let Some(sizes) = op.sizes(layer.input.dims(), outputs, kernel) else {
            return reference::convolution::gradients(op, layer);
        };
        gradients(op.activation, &sizes, &array(stored(filters)), layer)
    }

    fn linear_layer(
        activation: Activation,
        inputs: Tensor<Self, 2>,
        weight: Weight<Self, 2>,
        bias: Option<Tensor<Self, 1>>,
    ) -> Tensor<Self, 2> {
        let weight = reference::dense(weight);
        let sizes = one_pixel(inputs.dims(), weight.dims());
        let shape = [sizes.batch, sizes.output[2]];
        forward(activation, &sizes, &array(weight), inputs, bias, shape)
    }

    fn linear_gradients(activation: Activation, layer: LayerBackward<Self, 2, 2>) -> LayerGradients<Self, 2> {
        let weight = reference::dense(layer.weight.clone());
        let sizes = one_pixel(layer.input.dims(), weight.dims());
        gradients(activation, &sizes, &array(weight), layer)
    }

    fn moments(images: Tensor<Self, 4>) -> [Tensor<Self, 1>; 2] {
        let (device, [.., channels]) = (images.device(), images.dims());
        norm::moments(&array(images), channels).map(|moment| tensor(moment, &device, [channels]))
    }

    fn running(old: Tensor<Self, 1>, new: Tensor<Self, 1>, kept: f64, share: f64) -> Tensor<Self, 1> {
        let (device, shape) = (old.device(), old.dims());
        tensor(norm::running(&array(old), &array(new), kept as f32, share as f32), &device, shape)
    }

    fn normalize(
        op: Normalization,
        images: Tensor<Self, 4>,
        norm: Norm<Self>,
        residual: Option<Tensor<Self, 4>>,
    ) -> Tensor<Self, 4> {
        let (device, shape, residual) = (images.device(), images.dims(), residual.map(array));
        let output = norm::forward(settings(op), &array(images), &channels(norm), residual.as_ref());
        tensor(output, &device, shape)
    }

    fn normalize_gradients(op: Normalization, layer: NormBackward<Self>) -> NormGradients<Self> {
        let NormBackward { input, norm, residual, output, gradient } = layer;
        let (device, shape) = (input.device(), input.dims());
        let channels = channels(norm);
        let count = channels.weight.len();
        let norm::Gradients { input, weight, bias, residual } = norm::backward(
            settings(op),
            &array(input),
            &channels,
            &array(output),
            &array(gradient),
            residual == Residual::Present,
        );
        NormGradients {
            input: tensor(input, &device, shape),
            weight: tensor(weight, &device, [count]),
            bias: tensor(bias, &device, [count]),
            residual: residual.map(|residual| tensor(residual, &device, shape)),
        }
    }

    fn update<U: UpdateRule<N>, const N: usize>(
        rule: &U,
        arrays: Arrays<Self, N>,
        gradient: Tensor<Self, 1>,
        mask: Option<Tensor<Self, 1>>,
    ) -> Arrays<Self, N> {
        let Some(formula) = rule.formula() else { return reference::update(rule, arrays, gradient, mask) };
        let (device, shape) = (gradient.device(), gradient.dims());
        let Arrays { value, state } = arrays;
        let (value, state) = (array(value), state.map(array));
        let (gradient, mask) = (array(gradient), mask.map(array));
        let [value, state @ ..] = &update::step(formula, &value, &state, &gradient, mask.as_ref())[..] else {
            unreachable!("a step gives a value")
        };
        let mut state = state.iter().map(|state| tensor(state.clone(), &device, shape));
        Arrays {
            value: tensor(value.clone(), &device, shape),
            state: std::array::from_fn(|_| state.next().expect("as much state as before")),
        }
    }
}

/// The forward pass of a layer; its output has this shape.
fn forward<R: CubeRuntime, BT: BoolElement, const D: usize>(
    activation: Activation,
    sizes: &Sizes,
    filters: &GpuArray<R>,
    input: Tensor<Gpu<R, BT>, D>,
    bias: Option<Tensor<Gpu<R, BT>, 1>>,
    shape: [usize; D],
) -> Tensor<Gpu<R, BT>, D> {
    let (device, bias, is_relu) = (input.device(), bias.map(array), activation == Activation::Relu);
    tensor(convolution::forward(sizes, &array(input), filters, bias.as_ref(), is_relu), &device, shape)
}

/// The backward pass of a layer.
fn gradients<R: CubeRuntime, BT: BoolElement, const D: usize, const W: usize>(
    activation: Activation,
    sizes: &Sizes,
    filters: &GpuArray<R>,
    layer: LayerBackward<Gpu<R, BT>, D, W>,
) -> LayerGradients<Gpu<R, BT>, D> {
    let LayerBackward { input, weight, bias, output, gradient, input_gradient } = layer;
    let (device, shape) = (input.device(), input.dims());
    let gradient = array(reference::activation_backward(activation, output, gradient));
    let of_input = |other: Option<Tensor<Gpu<R, BT>, D>>| {
        let other = other.map(array);
        let of_input = convolution::input_gradient(sizes, filters, &gradient, other.as_ref());
        tensor(of_input, &device, shape)
    };
    let outputs = sizes.output[2];
    let of_weight = convolution::weight_gradient(sizes, &array(input), &gradient);
    let length = of_weight.len();
    LayerGradients {
        input: match input_gradient {
            InputGradient::Skip => None,
            InputGradient::Write => Some(of_input(None)),
            InputGradient::Accumulate(other) => Some(of_input(Some(other))),
        },
        weight: reference::stored_gradient(&weight, tensor(of_weight, &device, [length])),
        bias: (bias == Bias::Present).then(|| tensor(norm::sum(&gradient, outputs), &device, [outputs])),
    }
}

/// A linear layer as a convolution of images of one pixel.
fn one_pixel([batch, inputs]: [usize; 2], [outputs, _]: [usize; 2]) -> Sizes {
    Sizes { batch, input: [1, 1, inputs], output: [1, 1, outputs], kernel: 1, stride: 1, padding: 0 }
}

fn settings(op: Normalization) -> Settings {
    Settings {
        epsilon: op.epsilon as f32,
        relu: op.activation == Activation::Relu,
        through_statistics: op.statistics == Statistics::Batch,
    }
}

fn channels<R: CubeRuntime, BT: BoolElement>(norm: Norm<Gpu<R, BT>>) -> Channels<R> {
    let Norm { mean, variance, weight, bias } = norm;
    Channels { mean: array(mean), variance: array(variance), weight: array(weight), bias: array(bias) }
}

/// Filters [out, in, k, k] as [out, k, k, in], which is how they lie in memory.
fn stored<R: CubeRuntime, BT: BoolElement>(filters: Tensor<Gpu<R, BT>, 4>) -> Tensor<Gpu<R, BT>, 4> {
    filters.permute([0, 2, 3, 1])
}

/// The values of `tensor`, one after the other.
fn array<R: CubeRuntime, BT: BoolElement, const D: usize>(tensor: Tensor<Gpu<R, BT>, D>) -> GpuArray<R> {
    contiguous(tensor.dims().iter().product(), tensor.into_primitive().tensor())
}

/// The same of whole numbers.
fn whole<R: CubeRuntime, BT: BoolElement, const D: usize>(tensor: Tensor<Gpu<R, BT>, D, Int>) -> GpuArray<R> {
    contiguous(tensor.dims().iter().product(), tensor.into_primitive())
}

fn contiguous<R: CubeRuntime>(length: usize, tensor: CubeTensor<R>) -> GpuArray<R> {
    let CubeTensor { client, handle, .. } = into_contiguous(tensor);
    GpuArray::new(client, handle, length)
}

fn tensor<R: CubeRuntime, BT: BoolElement, const D: usize>(
    values: GpuArray<R>,
    device: &R::Device,
    shape: [usize; D],
) -> Tensor<Gpu<R, BT>, D> {
    let client = values.client().clone();
    let values = CubeTensor::new_contiguous(
        client,
        device.clone(),
        Shape::from(shape),
        values.into_handle(),
        DType::F32,
    );
    Tensor::from_primitive(TensorPrimitive::Float(values))
}
