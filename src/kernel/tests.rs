//! Every kernel of ours, and every default body, against sums in double precision written out here.

use burn::tensor::{Int, Tensor, TensorData};
use burn_flex::{Flex, FlexDevice};
use proptest::prelude::*;
use proptest::test_runner::Config;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

use super::cpu::{self, End, Isa, Start};
use super::{
    Activation, Arrays, Bias, Convolution, Kept, Kernel, Layer, Linear, MaxPool, Norm, NormLayer,
    Normalization, Residual, Rule, Statistics, Wanted, reference,
};

/// Of the largest value expected.
const TOLERANCE: f64 = 1e-4;

fn cases(count: u32) -> Config {
    Config { cases: count, ..Config::default() }
}

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| generator.random_range(-1.0..1.0)).collect()
}

#[track_caller]
fn assert_near(what: &str, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1e-3_f64, |largest, value| largest.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*found) - expected).abs() / largest;
        assert!(error <= TOLERANCE, "{what}: {found} at {index} is not {expected}");
    }
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D]) -> Tensor<Flex, D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), &FlexDevice)
}

fn list<const D: usize>(tensor: Tensor<Flex, D>) -> Vec<f32> {
    tensor.into_data().to_vec().unwrap()
}

fn relu(activation: Activation, value: f64) -> f64 {
    if activation == Activation::Relu { value.max(0.0) } else { value }
}

/// A convolution of made-up numbers: forward and all gradients, in double precision.
#[derive(Clone, Debug)]
struct Convolved {
    op: Convolution,
    images: [usize; 4],
    weight: [usize; 4],
    output: [usize; 4],
    x: Vec<f32>,
    w: Vec<f32>,
    b: Vec<f32>,
    g: Vec<f32>,
}

struct Expected {
    output: Vec<f64>,
    input: Vec<f64>,
    weight: Vec<f64>,
    bias: Vec<f64>,
}

fn convolutions() -> impl Strategy<Value = Convolved> {
    let sizes = (1..4_usize, 1..12_usize, 1..12_usize, 1..4_usize, 1..40_usize, 1..20_usize);
    let window = (1..6_usize, 1..4_usize, 0..4_usize);
    (sizes, window, any::<bool>(), any::<u64>()).prop_filter_map(
        "the kernel fits the image",
        |((batch, height, width, groups, outputs, inputs), (kernel, stride, padding), relu, seed)| {
            // Groups are rare, and few channels then.
            let (groups, inputs, outputs) = if seed % 4 == 0 {
                (groups, inputs.min(3) * groups, outputs.min(3) * groups)
            } else {
                (1, inputs, outputs)
            };
            let side = |size: usize| Some((size + 2 * padding).checked_sub(kernel)? / stride + 1);
            let output = [batch, side(height)?, side(width)?, outputs];
            let activation = if relu { Activation::Relu } else { Activation::Identity };
            let (images, weight) =
                ([batch, height, width, inputs], [outputs, inputs / groups, kernel, kernel]);
            let of = |shape: &[usize], seed| numbers(shape.iter().product(), seed);
            Some(Convolved {
                op: Convolution { stride, padding, groups, activation },
                images,
                weight,
                output,
                x: of(&images, seed),
                w: of(&weight, seed ^ 1),
                b: of(&[outputs], seed ^ 2),
                g: of(&output, seed ^ 3),
            })
        },
    )
}

impl Convolved {
    /// Calls `visit(output, input, weight)` with the places of every product.
    fn products(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Self {
            op,
            images: [_, height, width, inputs],
            weight: [outputs, of_group, kernel, _],
            output,
            ..
        } = *self;
        let [batch, rows, columns, _] = output;
        for (image, row, column, out) in indices([batch, rows, columns, outputs]) {
            for (y, x, channel, _) in indices([kernel, kernel, of_group, 1]) {
                let (from_y, from_x) = (row * op.stride + y, column * op.stride + x);
                if from_y < op.padding || from_x < op.padding {
                    continue;
                }
                let (from_y, from_x) = (from_y - op.padding, from_x - op.padding);
                if from_y >= height || from_x >= width {
                    continue;
                }
                let group = out / (outputs / op.groups);
                visit(
                    ((image * rows + row) * columns + column) * outputs + out,
                    ((image * height + from_y) * width + from_x) * inputs + group * of_group + channel,
                    ((out * of_group + channel) * kernel + y) * kernel + x,
                );
            }
        }
    }

    fn expected(&self) -> Expected {
        let outputs = self.weight[0];
        let mut output: Vec<f64> = (0..self.g.len()).map(|at| f64::from(self.b[at % outputs])).collect();
        self.products(|y, x, w| output[y] += f64::from(self.x[x]) * f64::from(self.w[w]));
        let output: Vec<f64> = output.into_iter().map(|value| relu(self.op.activation, value)).collect();
        let passes = |at: usize| self.op.activation == Activation::Identity || output[at] > 0.0;
        let gradient: Vec<f64> =
            self.g.iter().enumerate().map(|(at, g)| if passes(at) { f64::from(*g) } else { 0.0 }).collect();
        let (mut input, mut weight) = (vec![0.0; self.x.len()], vec![0.0; self.w.len()]);
        let mut bias = vec![0.0; outputs];
        self.products(|y, x, w| {
            input[x] += gradient[y] * f64::from(self.w[w]);
            weight[w] += gradient[y] * f64::from(self.x[x]);
        });
        gradient.iter().enumerate().for_each(|(at, gradient)| bias[at % outputs] += gradient);
        Expected { output, input, weight, bias }
    }

    fn layer(&self, output: Tensor<Flex, 4>, wanted: Wanted<Flex, 4>) -> Layer<Flex, 4, 4> {
        Layer {
            input: tensor(&self.x, self.images),
            weight: tensor(&self.w, self.weight),
            bias: Bias::Present,
            output,
            gradient: tensor(&self.g, self.output),
            wanted,
        }
    }
}

/// Asserts that `case` comes out right with each set of instructions, those that this processor would not
/// choose by itself too.
#[track_caller]
fn all_instructions(case: &Convolved) {
    let expected = case.expected();
    let [batch, height, width, channels] = case.images;
    let [_, rows, columns, outputs] = case.output;
    let shape = cpu::convolution::Shape {
        batch,
        input: [height, width, channels],
        output: [rows, columns, outputs],
        kernel: case.weight[2],
        stride: case.op.stride,
        padding: case.op.padding,
    };
    for isa in Isa::available() {
        let name = format!("{isa:?}");
        let (mut y, mut dx, mut dw) = (case.g.clone(), case.x.clone(), case.w.clone());
        cpu::convolution::forward(isa, &shape, &case.x, &case.w, Some(&case.b), End::Keep, &mut y);
        assert_near(&name, &y, &expected.output);
        cpu::convolution::input_gradient(isa, &shape, &case.w, &case.g, Start::Zero, &mut dx);
        assert_near(&name, &dx, &expected.input);
        cpu::convolution::weight_gradient(isa, &shape, &case.x, &case.g, &mut dw);
        assert_near(&name, &dw, &expected.weight);
    }
}

/// An image of one row has nothing on the second phase of a stride of two.
#[test]
fn a_phase_of_the_stride_without_pixels() {
    let op = Convolution { stride: 2, padding: 1, groups: 1, activation: Activation::Identity };
    let (images, weight, output) = ([1, 1, 3, 1], [1, 1, 3, 3], [1, 1, 2, 1]);
    let [x, w, b, g] = [3, 9, 1, 2].map(|count| numbers(count, 0));
    all_instructions(&Convolved { op, images, weight, output, x, w, b, g });
}

/// Every index below `ends`, the last one fastest.
fn indices(ends: [usize; 4]) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    let [a, b, c, d] = ends;
    (0..a * b * c * d).map(move |at| (at / (b * c * d), at / (c * d) % b, at / d % c, at % d))
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn convolution_and_its_gradients(case in convolutions()) {
        let expected = case.expected();
        let (x, w, b) = (tensor(&case.x, case.images), tensor(&case.w, case.weight), tensor(&case.b, [case.weight[0]]));
        let ours = Flex::convolution(case.op, x.clone(), w.clone(), Some(b.clone()));
        let default = reference::convolution::forward(case.op, x, w, Some(b));
        assert_near("forward", &list(ours.clone()), &expected.output);
        assert_near("forward, default", &list(default.clone()), &expected.output);
        let ours = Flex::convolution_gradients(case.op, case.layer(ours, Wanted::Gradient));
        let default = reference::convolution::gradients(case.op, case.layer(default, Wanted::Gradient));
        for (who, found) in [("ours", ours), ("default", default)] {
            assert_near(who, &list(found.input.unwrap()), &expected.input);
            assert_near(who, &list(found.weight), &expected.weight);
            assert_near(who, &list(found.bias.unwrap()), &expected.bias);
        }
    }

    #[test]
    fn a_gradient_is_added_to_what_is_there(case in convolutions()) {
        let there = numbers(case.x.len(), 7);
        let expected: Vec<f64> = case.expected().input.iter().zip(&there).map(|(a, b)| a + f64::from(*b)).collect();
        let (x, w, b) = (tensor(&case.x, case.images), tensor(&case.w, case.weight), tensor(&case.b, [case.weight[0]]));
        let output = Flex::convolution(case.op, x, w, Some(b));
        let onto = || Wanted::Onto(tensor(&there, case.images));
        let ours = Flex::convolution_gradients(case.op, case.layer(output.clone(), onto()));
        let default = reference::convolution::gradients(case.op, case.layer(output, onto()));
        assert_near("ours", &list(ours.input.unwrap()), &expected);
        assert_near("default", &list(default.input.unwrap()), &expected);
    }

    #[test]
    fn convolution_with_all_instructions(mut case in convolutions()) {
        // The others are not ours.
        if case.op.groups != 1 || case.op.padding >= case.weight[2] {
            return Ok(());
        }
        case.op.activation = Activation::Identity;
        all_instructions(&case);
    }

    /// Dense, and with the kept weights alone.
    #[test]
    fn linear_layers(
        (batch, inputs, outputs) in (1..70_usize, 1..90_usize, 1..60_usize),
        share in 0.0..1.0_f32,
        activation in prop_oneof![Just(Activation::Identity), Just(Activation::Relu)],
        seed: u64,
    ) {
        let mask: Vec<bool> = numbers(outputs * inputs, seed ^ 5).iter().map(|value| value.abs() < share).collect();
        let (x, mut w) = (numbers(batch * inputs, seed), numbers(outputs * inputs, seed ^ 1));
        let (b, g) = (numbers(outputs, seed ^ 2), numbers(batch * outputs, seed ^ 3));
        for kept in [None, Some(Arc::new(Kept::new(&mask, inputs)))] {
            if kept.is_some() {
                w.iter_mut().zip(&mask).filter(|(_, kept)| !**kept).for_each(|(weight, _)| *weight = 0.0);
            }
            let mut output: Vec<f64> = (0..batch * outputs).map(|at| f64::from(b[at % outputs])).collect();
            for (n, o, i, _) in indices([batch, outputs, inputs, 1]) {
                output[n * outputs + o] += f64::from(x[n * inputs + i]) * f64::from(w[o * inputs + i]);
            }
            output.iter_mut().for_each(|value| *value = relu(activation, *value));
            let passes = |at: usize| activation == Activation::Identity || output[at] > 0.0;
            let gradient: Vec<f64> = (0..g.len()).map(|at| if passes(at) { f64::from(g[at]) } else { 0.0 }).collect();
            let (mut input, mut weight, mut bias) = (vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; outputs]);
            for (n, o, i, _) in indices([batch, outputs, inputs, 1]) {
                input[n * inputs + i] += gradient[n * outputs + o] * f64::from(w[o * inputs + i]);
                if kept.is_none() || mask[o * inputs + i] {
                    weight[o * inputs + i] += gradient[n * outputs + o] * f64::from(x[n * inputs + i]);
                }
            }
            gradient.iter().enumerate().for_each(|(at, gradient)| bias[at % outputs] += gradient);

            let op = Linear { activation, kept: kept.clone() };
            let (inner, weights) = (tensor(&x, [batch, inputs]), tensor(&w, [outputs, inputs]));
            let biases = Some(tensor(&b, [outputs]));
            let ours = Flex::linear_layer(&op, inner.clone(), weights.clone(), biases.clone());
            let default = reference::linear::forward(&op, inner.clone(), weights.clone(), biases);
            assert_near("forward", &list(ours.clone()), &output);
            assert_near("forward, default", &list(default.clone()), &output);
            let layer = |output, wanted| Layer {
                input: inner.clone(),
                weight: weights.clone(),
                bias: Bias::Present,
                output,
                gradient: tensor(&g, [batch, outputs]),
                wanted,
            };
            let onto = Flex::linear_gradients(&op, layer(ours.clone(), Wanted::Onto(inner.clone())));
            let sum: Vec<f64> = input.iter().zip(&x).map(|(a, b)| a + f64::from(*b)).collect();
            assert_near("onto", &list(onto.input.unwrap()), &sum);
            let ours = Flex::linear_gradients(&op, layer(ours, Wanted::Gradient));
            // Nobody looks at the others.
            let mut found = list(ours.weight);
            let others = found.iter_mut().zip(&mask).filter(|(_, kept)| op.kept.is_some() && !**kept);
            others.for_each(|(gradient, _)| *gradient = 0.0);
            assert_near("weight", &found, &weight);
            assert_near("input", &list(ours.input.unwrap()), &input);
            assert_near("bias", &list(ours.bias.unwrap()), &bias);
            let default = reference::linear::gradients(&op, layer(default, Wanted::Gradient));
            assert_near("input, default", &list(default.input.unwrap()), &input);
            assert_near("bias, default", &list(default.bias.unwrap()), &bias);
            if kept.is_none() {
                assert_near("weight, default", &list(default.weight), &weight);
            }
        }
    }

    #[test]
    fn batch_norm(
        images in [1..6_usize, 1..9_usize, 1..9_usize, 1..40_usize],
        activation in prop_oneof![Just(Activation::Identity), Just(Activation::Relu)],
        statistics in prop_oneof![Just(Statistics::Batch), Just(Statistics::Running)],
        has_residual: bool,
        seed: u64,
    ) {
        let [batch, height, width, channels] = images;
        let pixels = batch * height * width;
        // A mean of one pixel has no spread, and what is left of its gradient is rounding.
        prop_assume!(pixels > 2);
        let count = pixels * channels;
        let x: Vec<f32> = numbers(count, seed).iter().map(|value| value * 3.0 + 5.0).collect();
        let (r, g) = (numbers(count, seed ^ 1), numbers(count, seed ^ 2));
        let (w, b) = (numbers(channels, seed ^ 3), numbers(channels, seed ^ 4));
        let of = |channel: usize| x.iter().skip(channel).step_by(channels).map(|value| f64::from(*value));
        let mean: Vec<f64> = (0..channels).map(|channel| of(channel).sum::<f64>() / pixels as f64).collect();
        let square = |channel: usize| of(channel).map(|value| (value - mean[channel]).powi(2)).sum::<f64>();
        let variance: Vec<f64> = (0..channels).map(|channel| square(channel) / pixels as f64).collect();
        let inverse: Vec<f64> = variance.iter().map(|variance| 1.0 / (variance + 1e-5).sqrt()).collect();
        let normal = |at: usize| (f64::from(x[at]) - mean[at % channels]) * inverse[at % channels];
        let output: Vec<f64> = (0..count)
            .map(|at| {
                let residual = if has_residual { f64::from(r[at]) } else { 0.0 };
                let value = normal(at) * f64::from(w[at % channels]) + f64::from(b[at % channels]);
                relu(activation, value + residual)
            })
            .collect();

        let [ours_mean, ours_variance] = Flex::moments(tensor(&x, images));
        assert_near("mean", &list(ours_mean.clone()), &mean);
        assert_near("variance", &list(ours_variance.clone()), &variance);
        let [default_mean, default_variance] = reference::norm::moments(tensor(&x, images));
        assert_near("mean, default", &list(default_mean), &mean);
        assert_near("variance, default", &list(default_variance), &variance);

        let op = Normalization { epsilon: 1e-5, statistics, activation };
        let norm = || Norm {
            mean: ours_mean.clone(),
            variance: ours_variance.clone(),
            weight: tensor(&w, [channels]),
            bias: tensor(&b, [channels]),
        };
        let residual = || has_residual.then(|| tensor(&r, images));
        let ours = Flex::normalize(op, tensor(&x, images), norm(), residual());
        assert_near("forward", &list(ours.clone()), &output);
        let default = reference::norm::forward(op, tensor(&x, images), norm(), residual());
        assert_near("forward, default", &list(default), &output);

        // Where the output is within rounding of the kink, both slopes are right: that of ours is taken.
        let kink: Vec<f32> = list(ours.clone());
        let passes = |at: usize| activation == Activation::Identity || kink[at] > 0.0;
        let gradient: Vec<f64> = (0..count).map(|at| if passes(at) { f64::from(g[at]) } else { 0.0 }).collect();
        let (mut weight, mut bias) = (vec![0.0; channels], vec![0.0; channels]);
        for at in 0..count {
            weight[at % channels] += gradient[at] * normal(at);
            bias[at % channels] += gradient[at];
        }
        let input: Vec<f64> = (0..count)
            .map(|at| {
                let channel = at % channels;
                let centre = match statistics {
                    Statistics::Batch => (bias[channel] + normal(at) * weight[channel]) / pixels as f64,
                    Statistics::Running => 0.0,
                };
                (gradient[at] - centre) * f64::from(w[channel]) * inverse[channel]
            })
            .collect();
        let layer = || NormLayer {
            input: tensor(&x, images),
            norm: norm(),
            residual: if has_residual { Residual::Present } else { Residual::Absent },
            output: ours.clone(),
            gradient: tensor(&g, images),
        };
        let found = [Flex::normalize_gradients(op, layer()), reference::norm::gradients(op, layer())];
        for (who, found) in ["ours", "default"].into_iter().zip(found) {
            assert_near(who, &list(found.weight), &weight);
            assert_near(who, &list(found.bias), &bias);
            assert_near(who, &list(found.input), &input);
            prop_assert_eq!(found.residual.is_some(), has_residual);
            if let Some(residual) = found.residual {
                assert_near(who, &list(residual), &gradient);
            }
        }
    }

    #[test]
    fn max_pooling(
        (batch, height, width, channels) in (1..4_usize, 1..12_usize, 1..12_usize, 1..40_usize),
        (kernel, stride) in (1..4_usize, 1..4_usize),
        seed: u64,
    ) {
        prop_assume!(kernel <= height && kernel <= width);
        let images = [batch, height, width, channels];
        let x = numbers(images.iter().product(), seed);
        let [rows, columns] = [(height - kernel) / stride + 1, (width - kernel) / stride + 1];
        let output = [batch, rows, columns, channels];
        let g = numbers(output.iter().product(), seed ^ 1);
        let (mut largest, mut back) = (Vec::new(), vec![0.0; x.len()]);
        for (n, row, column, channel) in indices(output) {
            let place = |(y, x, ..): (usize, usize, usize, usize)| {
                ((n * height + row * stride + y) * width + column * stride + x) * channels + channel
            };
            let window = indices([kernel, kernel, 1, 1]).map(place);
            let winner = window.reduce(|best, at| if x[at] > x[best] { at } else { best }).unwrap();
            back[winner] += f64::from(g[largest.len()]);
            largest.push(f64::from(x[winner]));
        }
        let op = MaxPool { kernel, stride };
        let pooled = Flex::max_pool(op, tensor(&x, images));
        assert_near("forward", &list(pooled.clone()), &largest);
        assert_near("default", &list(reference::pool::max(op, tensor(&x, images))), &largest);
        let ours = Flex::max_pool_gradient(op, tensor(&x, images), pooled, tensor(&g, output));
        assert_near("gradient", &list(ours), &back);
        let default = reference::pool::max_gradient(op, tensor(&x, images), tensor(&g, output));
        assert_near("gradient, default", &list(default), &back);
    }

    #[test]
    fn averages_and_features(images in [1..5_usize, 1..9_usize, 1..9_usize, 1..40_usize], seed: u64) {
        let [batch, height, width, channels] = images;
        let x = numbers(images.iter().product(), seed);
        let g = numbers(batch * channels, seed ^ 1);
        let pixels = height * width;
        let mut mean = vec![0.0; batch * channels];
        let mut features = vec![0.0; x.len()];
        for (n, pixel, channel, _) in indices([batch, pixels, channels, 1]) {
            let value = f64::from(x[(n * pixels + pixel) * channels + channel]);
            mean[n * channels + channel] += value / pixels as f64;
            features[(n * channels + channel) * pixels + pixel] = value;
        }
        let back: Vec<f64> = (0..x.len())
            .map(|at| f64::from(g[at / (pixels * channels) * channels + at % channels]) / pixels as f64)
            .collect();
        assert_near("mean", &list(Flex::global_average(tensor(&x, images))), &mean);
        let gradient = Flex::global_average_gradient(images, tensor(&g, [batch, 1, 1, channels]));
        assert_near("mean's gradient", &list(gradient), &back);
        let flat = Flex::flatten(tensor(&x, images));
        assert_near("features", &list(flat.clone()), &features);
        assert_eq!(list(Flex::flatten_gradient(images, flat)), x);
    }

    #[test]
    fn losses(
        (images, classes) in (1..20_usize, 2..30_usize),
        smoothing in 0.0..0.5_f64,
        temperature in 0.5..8.0_f64,
        seed: u64,
    ) {
        let logits: Vec<f32> = numbers(images * classes, seed).iter().map(|value| value * 8.0).collect();
        let teacher: Vec<f32> = numbers(images * classes, seed ^ 1).iter().map(|value| value * 8.0).collect();
        let labels: Vec<i32> = (0..images).map(|image| ((image as u64 ^ seed) % classes as u64) as i32).collect();
        let softened = |logits: &[f32], temperature: f64| -> Vec<f64> {
            let exp: Vec<f64> = logits.iter().map(|logit| (f64::from(*logit) / temperature).exp()).collect();
            exp.iter().map(|value| value / exp.iter().sum::<f64>()).collect()
        };
        let (mut cross, mut soft) = (0.0, 0.0);
        let (mut cross_slope, mut soft_slope) = (Vec::new(), Vec::new());
        let n = images as f64;
        for ((logits, teacher), &label) in logits.chunks(classes).zip(teacher.chunks(classes)).zip(&labels) {
            let (p, q, wanted) = (softened(logits, 1.0), softened(logits, temperature), softened(teacher, temperature));
            for class in 0..classes {
                let one = if class as i32 == label { 1.0 - smoothing } else { 0.0 };
                let label = one + smoothing / classes as f64;
                cross -= label * p[class].ln() / n;
                cross_slope.push((p[class] - label) / n);
                soft += temperature.powi(2) * wanted[class] * (wanted[class] / q[class]).ln() / n;
                soft_slope.push(temperature * (q[class] - wanted[class]) / n);
            }
        }
        let shape = [images, classes];
        let of_labels = || Tensor::<Flex, 1, Int>::from_data(TensorData::new(labels.clone(), [images]), &FlexDevice);
        for (value, slope) in [
            Flex::cross_entropy(tensor(&logits, shape), of_labels(), smoothing),
            reference::loss::cross_entropy(tensor(&logits, shape), of_labels(), smoothing),
        ] {
            assert_near("cross-entropy", &list(value), &[cross]);
            assert_near("its slope", &list(slope), &cross_slope);
        }
        for (value, slope) in [
            Flex::soft_labels(tensor(&logits, shape), tensor(&teacher, shape), temperature),
            reference::loss::soft_labels(tensor(&logits, shape), tensor(&teacher, shape), temperature),
        ] {
            assert_near("soft labels", &list(value), &[soft]);
            assert_near("its slope", &list(slope), &soft_slope);
        }
    }

    #[test]
    fn updates(count in 1..200_usize, masked: bool, seed: u64) {
        let (value, state, gradient) = (numbers(count, seed), numbers(count, seed ^ 1), numbers(count, seed ^ 2));
        let kept: Vec<f32> = numbers(count, seed ^ 3).iter().map(|x| f32::from(u8::from(!masked || *x > 0.0))).collect();
        let arrays = || Arrays { value: tensor(&value, [count]), state: [tensor(&state, [count])] };
        let mask = || masked.then(|| tensor(&kept, [count]));
        let expected = |at: usize| {
            let state = f64::from(state[at]) * 0.5 + f64::from(gradient[at] * kept[at]);
            ((f64::from(value[at]) - state * 0.25) * f64::from(kept[at]), state)
        };
        let (values, states): (Vec<f64>, Vec<f64>) = (0..count).map(expected).unzip();
        for found in [
            Flex::update(&Halving, arrays(), tensor(&gradient, [count]), mask()),
            reference::update(&Halving, arrays(), tensor(&gradient, [count]), mask()),
        ] {
            let [state] = found.state;
            assert_near("state", &list(state), &states);
            let value = list(found.value);
            assert_near("value", &value, &values);
            prop_assert!(value.iter().zip(&kept).all(|(value, kept)| *kept == 1.0 || *value == 0.0));
        }
    }
}

/// s ← s / 2 + g; w ← w − s / 4.
struct Halving;

impl Rule<1> for Halving {
    fn tensors<B: burn::tensor::backend::Backend>(
        &self,
        arrays: Arrays<B, 1>,
        gradient: Tensor<B, 1>,
    ) -> Arrays<B, 1> {
        let Arrays { value, state: [state] } = arrays;
        let state = state * 0.5 + gradient;
        Arrays { value: value - state.clone() * 0.25, state: [state] }
    }

    fn element(&self, value: f32, [state]: [f32; 1], gradient: f32) -> (f32, [f32; 1]) {
        let state = state * 0.5 + gradient;
        (value - state * 0.25, [state])
    }
}

/// What went wrong must be seen, not become a zero on the way.
#[test]
fn what_is_not_a_number_stays_so() {
    let op = Convolution { stride: 1, padding: 0, groups: 1, activation: Activation::Relu };
    let nan = Flex::convolution(op, tensor(&[f32::NAN], [1, 1, 1, 1]), tensor(&[1.0], [1, 1, 1, 1]), None);
    assert!(list(nan)[0].is_nan());
    let op = Linear { activation: Activation::Relu, kept: None };
    assert!(
        list(Flex::linear_layer(&op, tensor(&[f32::NAN], [1, 1]), tensor(&[1.0], [1, 1]), None))[0].is_nan()
    );
    let pooled =
        Flex::max_pool(MaxPool { kernel: 2, stride: 2 }, tensor(&[1.0, f32::NAN, 2.0, 3.0], [1, 2, 2, 1]));
    assert!(list(pooled)[0].is_nan());
    let one = || tensor(&[1.0], [1]);
    let norm = Norm { mean: one(), variance: one(), weight: one(), bias: one() };
    let op = Normalization { epsilon: 1e-5, statistics: Statistics::Running, activation: Activation::Relu };
    assert!(list(Flex::normalize(op, tensor(&[f32::NAN], [1, 1, 1, 1]), norm, None))[0].is_nan());
}
