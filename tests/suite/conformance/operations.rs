//! Single operations of random sizes. Those of Flex are held against sums in double precision beside them.

use super::others;
use burn::tensor::{Int, Tensor, TensorData};
use niwaki::backend::{BackendKind, WithBackend, with_backend};
use niwaki::draw::{Draw, Generator, Purpose};
use niwaki::kernel::{
    Activation, Bias, Convolution, FilterOrder, InputGradient, Kernel, LayerBackward, MaxPool, Norm,
    NormBackward, Normalization, RawImages, Residual, Statistics, Weight, to_host,
};
use proptest::prelude::*;
use proptest::test_runner::Config;

/// Of the largest value of an array.
const TOLERANCE: f32 = 1e-5;

/// An operation, forward and backward, on made-up numbers.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Convolution {
        op: Convolution,
        images: [usize; 4],
        outputs: usize,
        kernel: usize,
    },
    Linear {
        activation: Activation,
        inputs: [usize; 2],
        outputs: usize,
    },
    Norm {
        op: Normalization,
        images: [usize; 4],
        residual: Residual,
    },
    MaxPool {
        op: MaxPool,
        images: [usize; 4],
    },
    /// A batch of crops, `crop` pixels away at most, of five raw images.
    Render {
        image: [usize; 3],
        batch: usize,
        crop: u32,
    },
}

impl WithBackend for Operation {
    /// The output and every gradient, flat, in PyTorch's order.
    type Output = Vec<Vec<f32>>;

    fn call<B: Kernel>(self, device: B::Device) -> Self::Output {
        match self {
            Self::Convolution { op, images, outputs, kernel } => {
                let input = made_up::<B, 4>(1, images, &device);
                let inputs = images[3] / op.groups;
                let weight = || Weight::Dense(made_up(2, [outputs, inputs, kernel, kernel], &device));
                let bias = made_up(3, [outputs], &device);
                let output = B::convolution(op, input.clone(), weight(), Some(bias));
                let gradients = |input_gradient| {
                    let (input, output) = (input.clone(), output.clone());
                    let gradient = away_from_kinks(made_up(4, output.dims(), &device), output.clone());
                    let bias = Bias::Present;
                    let layer =
                        LayerBackward { input, weight: weight(), bias, output, gradient, input_gradient };
                    B::convolution_gradients(op, layer)
                };
                let written = gradients(InputGradient::Write);
                let added = gradients(InputGradient::Accumulate(input.clone()));
                let of_inputs = [written.input, added.input].into_iter().flatten().map(flat);
                let all = [flat(output), written.weight].into_iter().chain(written.bias).chain(of_inputs);
                let mut all = to_host(all);
                if B::filter_order() == FilterOrder::ChannelsLast {
                    all[1] = channels_first(&all[1], inputs, kernel * kernel);
                }
                all
            }
            Self::Linear { activation, inputs, outputs } => {
                let input = made_up::<B, 2>(1, inputs, &device);
                let weight = Weight::Dense(made_up(2, [outputs, inputs[1]], &device));
                let bias = made_up(3, [outputs], &device);
                let output = B::linear_layer(activation, input.clone(), weight.clone(), Some(bias));
                let gradient = away_from_kinks(made_up(4, output.dims(), &device), output.clone());
                let (bias, input_gradient) = (Bias::Present, InputGradient::Write);
                let layer =
                    LayerBackward { input, weight, bias, output: output.clone(), gradient, input_gradient };
                let found = B::linear_gradients(activation, layer);
                let input = found.input.map(flat);
                to_host([flat(output), found.weight].into_iter().chain(found.bias).chain(input))
            }
            Self::Norm { op, images, residual } => {
                let input = made_up::<B, 4>(1, images, &device) * 3.0 + 5.0;
                let [.., channels] = images;
                let [mean, variance] = B::moments(input.clone());
                let [weight, bias] = [2, 3].map(|seed| made_up(seed, [channels], &device));
                let norm = Norm { mean: mean.clone(), variance: variance.clone(), weight, bias };
                let other = (residual == Residual::Present).then(|| made_up(5, images, &device));
                let output = B::normalize(op, input.clone(), norm.clone(), other);
                let gradient = away_from_kinks(made_up(4, images, &device), output.clone());
                let layer = NormBackward { input, norm, residual, output: output.clone(), gradient };
                let found = B::normalize_gradients(op, layer);
                let images = [output, found.input].into_iter().chain(found.residual).map(flat);
                to_host([mean, variance, found.weight, found.bias].into_iter().chain(images))
            }
            Self::MaxPool { op, images } => {
                let input = made_up::<B, 4>(1, images, &device);
                let output = B::max_pool(op, input.clone());
                let gradient = made_up(4, output.dims(), &device);
                to_host([output.clone(), B::max_pool_gradient(op, input, output, gradient)])
            }
            Self::Render { image, batch, crop } => {
                let mut generator = Draw::new(1, "render").generator(Purpose::SyntheticData, 0);
                let pixels = 5 * image.iter().product::<usize>();
                let bytes: Vec<u8> = (0..pixels).map(|_| generator.below(256) as u8).collect();
                let table = |channel: usize| std::array::from_fn(|byte| (byte + 1000 * channel) as f32);
                let tables: Vec<[f32; 256]> = (0..image[0]).map(table).collect();
                let mut offset = || generator.below(2 * crop + 1) as i32 - crop as i32;
                let offsets: Vec<[i32; 2]> = (0..batch).map(|_| [offset(), offset()]).collect();
                let place = |[down, right]: [i32; 2]| {
                    [generator.below(5) as i32, down, right, generator.below(2) as i32]
                };
                let places: Vec<i32> = offsets.into_iter().flat_map(place).collect();
                let places = Tensor::<B, 2, Int>::from_data(TensorData::new(places, [batch, 4]), &device);
                let raw = RawImages::<B>::new(&bytes, image, &tables, &device);
                to_host([flat(B::render(&raw, places))])
            }
        }
    }
}

impl Operation {
    /// What array `index` is as precise as, however small it is. The gradient of a norm's weights adds up what may cancel,
    /// of images that lie around 5.
    fn least(self, index: usize) -> f32 {
        match self {
            Self::Norm { .. } if index == 2 => 8.0,
            Self::Norm { .. }
            | Self::Convolution { .. }
            | Self::Linear { .. }
            | Self::MaxPool { .. }
            | Self::Render { .. } => 0.1,
        }
    }
}

/// Filters [out, k, k, in] as [out, in, k, k], for a window of so many pixels.
fn channels_first(filters: &[f32], inputs: usize, window: usize) -> Vec<f32> {
    let filters = filters.chunks_exact(window * inputs);
    let of_input =
        |filter: &[f32], input: usize| filter.iter().skip(input).step_by(inputs).copied().collect();
    filters
        .flat_map(|filter| {
            (0..inputs).flat_map(|input| -> Vec<f32> { of_input(filter, input) }).collect::<Vec<_>>()
        })
        .collect()
}

/// Numbers between −1 and 1, the same on every backend.
fn made_up<B: Kernel, const D: usize>(seed: u64, shape: [usize; D], device: &B::Device) -> Tensor<B, D> {
    let mut generator = Draw::new(seed, "operation").generator(Purpose::SyntheticData, 0);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| 2.0 * generator.uniform_f32() - 1.0).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// `gradient`, but zero where rounding decides whether a ReLU lets it pass. On the host: with Burn 0.21, `abs` of
/// `burn-ndarray` mixes up the values of a tensor whose dimensions are permuted.
fn away_from_kinks<B: Kernel, const D: usize>(gradient: Tensor<B, D>, output: Tensor<B, D>) -> Tensor<B, D> {
    let (shape, device) = (gradient.dims(), gradient.device());
    let [mut gradient, output]: [Vec<f32>; 2] =
        to_host([flat(gradient), flat(output)]).try_into().expect("two were read");
    let near = gradient.iter_mut().zip(output).filter(|(_, output)| output.abs() < 1e-3);
    near.for_each(|(gradient, _)| *gradient = 0.0);
    Tensor::from_data(TensorData::new(gradient, shape), &device)
}

fn flat<B: Kernel, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, 1> {
    tensor.flatten(0, D - 1)
}

fn assert_alike(operation: Operation) {
    let expected = with_backend(BackendKind::Flex, operation).expect("Flex is always there");
    for kind in others() {
        let found = with_backend(kind, operation).expect("it is available");
        assert_eq!(found.len(), expected.len(), "{operation:?} on {kind}");
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found.len(), expected.len(), "array {index} of {operation:?} on {kind}");
            let largest =
                expected.iter().fold(operation.least(index), |largest, value| largest.max(value.abs()));
            let gaps = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs());
            let gap = gaps.fold(0.0_f32, |most, gap| if gap <= most { most } else { gap });
            assert!(
                gap <= TOLERANCE * largest,
                "array {index} of {operation:?} on {kind}: {gap} of {largest}"
            );
        }
    }
}

fn activations() -> impl Strategy<Value = Activation> {
    prop_oneof![Just(Activation::Identity), Just(Activation::Relu)]
}

fn convolutions() -> impl Strategy<Value = Operation> {
    // Channels around the sizes of a GPU's tiles.
    let channels = || prop_oneof![1..9_usize, 15..18_usize, 63..66_usize];
    let sizes = (1..5_usize, 1..12_usize, 1..12_usize, channels(), channels());
    let window = (1..6_usize, 1..4_usize, 0..3_usize);
    (sizes, window, activations()).prop_filter_map(
        "the kernel fits the image",
        |(sizes, window, activation)| {
            let ((batch, height, width, inputs, outputs), (kernel, stride, padding)) = (sizes, window);
            let fits = height.min(width) + 2 * padding >= kernel && padding < kernel;
            let op = Convolution { stride, padding, groups: 1, activation };
            fits.then_some(Operation::Convolution {
                op,
                images: [batch, height, width, inputs],
                outputs,
                kernel,
            })
        },
    )
}

proptest! {
    #![proptest_config(Config { cases: 24, ..Config::default() })]

    #[test]
    fn convolutions_are_alike(operation in convolutions()) {
        assert_alike(operation);
    }

    #[test]
    fn linear_layers_are_alike(
        inputs in [1..140_usize, 1..240_usize],
        outputs in 1..100_usize,
        activation in activations(),
    ) {
        assert_alike(Operation::Linear { activation, inputs, outputs });
    }

    #[test]
    fn norms_are_alike(
        images in [2..6_usize, 2..9_usize, 2..9_usize, 1..70_usize],
        activation in activations(),
        statistics in prop_oneof![Just(Statistics::Batch), Just(Statistics::Running)],
        residual in prop_oneof![Just(Residual::Present), Just(Residual::Absent)],
    ) {
        assert_alike(Operation::Norm { op: Normalization { epsilon: 1e-5, statistics, activation }, images, residual });
    }

    #[test]
    fn max_pooling_is_alike(images in [1..5_usize, 4..12_usize, 4..12_usize, 1..20_usize], kernel in 1..4_usize, stride in 1..4_usize) {
        assert_alike(Operation::MaxPool { op: MaxPool { kernel, stride }, images });
    }

    #[test]
    fn batches_of_raw_images_are_alike(
        image in [1..4_usize, 1..12_usize, 1..12_usize],
        batch in 1..9_usize,
        crop in 0..14_u32,
    ) {
        assert_alike(Operation::Render { image, batch, crop });
    }
}
