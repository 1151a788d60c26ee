//! A graph with its parameters on a device, interpreted with Burn.

use super::{Array, Graph, NodeId, Op, Role, Slot, Weights};
use crate::data::Batch;
use crate::kernel::Kernel;
use burn::backend::Autodiff;
use burn::tensor::activation::relu;
use burn::tensor::module::{conv2d, linear, max_pool2d};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Int, Tensor, TensorData};
use std::sync::Arc;

/// Added to the variance in batch norm, as in PyTorch.
const NORM_EPS: f64 = 1e-5;

/// Share of the batch's statistics in the new running ones, as in PyTorch.
const NORM_MOMENTUM: f64 = 0.1;

/// Parameters on a device. Every array is kept flat, `Tensor<B, 1>`, and reshaped where it is used, so
/// that optimizers and masks see one kind of tensor.
#[derive(Clone, Debug)]
pub struct Network<B: Kernel> {
    pub graph: Arc<Graph>,
    /// One a slot of the graph, in its order.
    pub arrays: Vec<Tensor<B, 1>>,
}

/// Batch norm uses the batch's own statistics when training, the running ones when evaluating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Train,
    Evaluate,
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Forward<B: Kernel> {
    /// `[batch, classes]`
    pub logits: Tensor<B, 2>,
    /// In training, the new running statistics: (slot index, values), off the gradient graph.
    pub statistics: Vec<(usize, Tensor<B, 1>)>,
}

/// What flows between nodes.
#[derive(Clone)]
enum Value<B: Kernel> {
    /// `[batch, channels, height, width]`
    Images(Tensor<B, 4>),
    /// `[batch, features]`
    Features(Tensor<B, 2>),
}

impl<B: Kernel> Network<B> {
    /// Puts `weights`, which must be of `graph`, on `device`.
    pub fn new(graph: Arc<Graph>, weights: &Weights, device: &B::Device) -> Self {
        let slots = graph.slots();
        let put = |slot: &Slot| {
            let values = weights.0[&slot.name].values.clone();
            let length = values.len();
            Tensor::from_data(TensorData::new(values, [length]), device)
        };
        let arrays = slots.iter().map(put).collect();
        Self { graph, arrays }
    }

    /// Copies the arrays back to the host.
    pub fn weights(&self) -> Weights {
        let back = |(slot, array): (Slot, &Tensor<B, 1>)| {
            let values = array.to_data().to_vec().expect("every backend computes in f32");
            (slot.name, Array { shape: slot.shape, values })
        };
        Weights(self.graph.slots().into_iter().zip(&self.arrays).map(back).collect())
    }

    /// The same network with its parameters, but not its running statistics, on the gradient graph.
    pub fn tracked(&self) -> Network<Autodiff<B>> {
        let track = |(slot, array): (Slot, &Tensor<B, 1>)| {
            let array = Tensor::from_inner(array.clone());
            match slot.role {
                Role::Weight | Role::Bias | Role::NormWeight | Role::NormBias => array.require_grad(),
                Role::RunningMean | Role::RunningVariance => array,
            }
        };
        let arrays = self.graph.slots().into_iter().zip(&self.arrays).map(track).collect();
        Network { graph: Arc::clone(&self.graph), arrays }
    }

    /// `images`: `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<B, 4>, mode: Mode) -> Forward<B> {
        let last_use = last_uses(&self.graph);
        let mut values: Vec<Option<Value<B>>> = vec![None; self.graph.nodes.len()];
        let mut statistics = Vec::new();
        let mut images = Some(images);
        let mut slot = 0;
        for (id, node) in self.graph.nodes.iter().enumerate() {
            let mut take = |index: usize| {
                let from = node.inputs[index];
                let value = if last_use[from] == id { values[from].take() } else { values[from].clone() };
                value.expect("inputs come before the nodes that use them")
            };
            let value = match node.op {
                Op::Input => Value::Images(images.take().expect("a graph has one input")),
                Op::Conv2d { input, output, kernel, stride, padding, groups, bias } => {
                    let weight = self.arrays[slot].clone().reshape([output, input / groups, kernel, kernel]);
                    let bias = bias.then(|| self.arrays[slot + 1].clone());
                    let options = ConvOptions::new([stride; 2], [padding; 2], [1; 2], groups);
                    Value::Images(conv2d(take(0).images(), weight, bias, options))
                }
                Op::Linear { input, output, bias } => {
                    let weight = self.arrays[slot].clone().reshape([output, input]).transpose();
                    let bias = bias.then(|| self.arrays[slot + 1].clone());
                    Value::Features(linear(take(0).features(), weight, bias))
                }
                Op::BatchNorm { .. } => {
                    let norm = BatchNorm { arrays: &self.arrays[slot..slot + 4] };
                    let input = take(0).images();
                    Value::Images(match mode {
                        Mode::Evaluate => norm.evaluate(input),
                        Mode::Train => {
                            let (output, mean, variance) = norm.train(input);
                            statistics.extend([(slot + 2, mean), (slot + 3, variance)]);
                            output
                        }
                    })
                }
                Op::Relu => match take(0) {
                    Value::Images(images) => Value::Images(relu(images)),
                    Value::Features(features) => Value::Features(relu(features)),
                },
                Op::MaxPool { kernel, stride } => Value::Images(max_pool2d(
                    take(0).images(),
                    [kernel; 2],
                    [stride; 2],
                    [0; 2],
                    [1; 2],
                    false,
                )),
                Op::GlobalAvgPool => Value::Images(take(0).images().mean_dim(3).mean_dim(2)),
                Op::Add => {
                    let (left, right) = (take(0).images(), take(1).images());
                    Value::Images(left + right)
                }
                Op::Flatten => Value::Features(take(0).images().flatten(1, 3)),
            };
            slot += node.slots().len();
            values[id] = Some(value);
        }
        let logits = values.pop().flatten().expect("a graph has nodes").features();
        Forward { logits, statistics }
    }
}

impl<B: Kernel> Value<B> {
    fn images(self) -> Tensor<B, 4> {
        match self {
            Self::Images(images) => images,
            Self::Features(_) => unreachable!("the builder puts image layers before it flattens"),
        }
    }

    fn features(self) -> Tensor<B, 2> {
        match self {
            Self::Features(features) => features,
            Self::Images(_) => unreachable!("the builder flattens before linear layers"),
        }
    }
}

/// For each node, the last one that uses what it gives; until then it is kept.
fn last_uses(graph: &Graph) -> Vec<NodeId> {
    let mut last = vec![0; graph.nodes.len()];
    for (id, node) in graph.nodes.iter().enumerate() {
        for &input in &node.inputs {
            last[input] = id;
        }
    }
    last
}

/// Batch norm over `[batch, channels, height, width]`: weight, bias, running mean, running variance.
struct BatchNorm<'a, B: Kernel> {
    arrays: &'a [Tensor<B, 1>],
}

impl<B: Kernel> BatchNorm<'_, B> {
    /// Array `index`, shaped to go with images.
    fn channels(&self, index: usize) -> Tensor<B, 4> {
        channels(self.arrays[index].clone())
    }

    /// With the running statistics.
    fn evaluate(&self, images: Tensor<B, 4>) -> Tensor<B, 4> {
        let scale = self.arrays[0].clone() / (self.arrays[3].clone() + NORM_EPS).sqrt();
        let shift = self.arrays[1].clone() - self.arrays[2].clone() * scale.clone();
        images * channels(scale) + channels(shift)
    }

    /// With the batch's own statistics; also gives the new running mean and variance. The batch is
    /// normalized by its biased variance; the unbiased one is remembered, as in PyTorch.
    fn train(&self, images: Tensor<B, 4>) -> (Tensor<B, 4>, Tensor<B, 1>, Tensor<B, 1>) {
        let [batch, count, height, width] = images.dims();
        let mean = over_batch(images.clone());
        let centred = images - mean.clone();
        let variance = over_batch(centred.clone() * centred.clone());
        let normal = centred / (variance.clone() + NORM_EPS).sqrt();
        let output = normal * self.channels(0) + self.channels(1);
        let samples = (batch * height * width) as f64;
        let unbiased = samples / (samples - 1.0).max(1.0);
        let remember = |index: usize, new: Tensor<B, 4>, factor: f64| {
            let old = self.arrays[index].clone() * (1.0 - NORM_MOMENTUM);
            (old + new.reshape([count]) * (factor * NORM_MOMENTUM)).detach()
        };
        (output, remember(2, mean, 1.0), remember(3, variance, unbiased))
    }
}

/// `[channels]` to `[1, channels, 1, 1]`.
fn channels<B: Kernel>(array: Tensor<B, 1>) -> Tensor<B, 4> {
    let [channels] = array.dims();
    array.reshape([1, channels, 1, 1])
}

/// Mean over batch, height and width: `[1, channels, 1, 1]`.
fn over_batch<B: Kernel>(images: Tensor<B, 4>) -> Tensor<B, 4> {
    images.mean_dim(3).mean_dim(2).mean_dim(0)
}

/// Puts a batch on `device`: images `[batch, channels, height, width]` and labels `[batch]`.
pub fn tensors<B: Kernel>(
    batch: &Batch,
    image: [usize; 3],
    device: &B::Device,
) -> (Tensor<B, 4>, Tensor<B, 1, Int>) {
    let count = batch.labels.len();
    let [channels, height, width] = image;
    let images = TensorData::new(batch.images.clone(), [count, channels, height, width]);
    let labels: Vec<i32> = batch.labels.iter().map(|&label| label.into()).collect();
    (Tensor::from_data(images, device), Tensor::from_data(TensorData::new(labels, [count]), device))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::model::architecture::Resnet;
    use crate::model::{Builder, Convolution, Cost, Model};
    use burn_flex::{Flex, FlexDevice};

    fn network(graph: Graph, values: &[&[f32]]) -> Network<Flex> {
        let arrays = values.iter().map(|&values| Tensor::from_data(values, &FlexDevice)).collect();
        Network { graph: Arc::new(graph), arrays }
    }

    fn assert_near(found: &[f32], expected: &[f32]) {
        let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-5);
        assert!(near && found.len() == expected.len(), "{found:?} is not {expected:?}");
    }

    fn logits(network: &Network<Flex>, images: Tensor<Flex, 4>, mode: Mode) -> Vec<f32> {
        network.forward(images, mode).logits.into_data().to_vec().unwrap()
    }

    // The 2×2 image [1 2; 3 4], padded by 1, under the 3×3 kernel 1…9, plus 0.5. Output (0, 0) is the lower
    // right part of the kernel: 5·1 + 6·2 + 8·3 + 9·4 = 77; (0, 1): 4·1 + 5·2 + 7·3 + 8·4 = 67;
    // (1, 0): 2·1 + 3·2 + 5·3 + 6·4 = 47; (1, 1): 1·1 + 2·2 + 4·3 + 5·4 = 37.
    #[test]
    fn convolution_by_hand() {
        let mut builder = Builder::new([1, 2, 2], 4);
        let three = Convolution { bias: true, ..Convolution::three(1) };
        let conv = builder.conv2d(builder.input(), "conv1", three).unwrap();
        builder.flatten(conv, "flatten");
        let kernel: Vec<f32> = (1u8..=9).map(f32::from).collect();
        let network = network(builder.finish(), &[&kernel, &[0.5]]);
        let images = Tensor::from_data([[[[1.0, 2.0], [3.0, 4.0]]]], &FlexDevice);
        assert_near(&logits(&network, images, Mode::Evaluate), &[77.5, 67.5, 47.5, 37.5]);
    }

    // Two one-pixel images 1 and 5: mean 3, biased variance 4, unbiased 8. Normalized: ∓2/√(4 + 1e-5);
    // times 3 plus 1. Running mean 0.9·10 + 0.1·3 = 9.3, variance 0.9·2 + 0.1·8 = 2.6.
    #[test]
    fn batch_norm_by_hand() {
        let mut builder = Builder::new([1, 1, 1], 1);
        let norm = builder.batch_norm(builder.input(), "bn1");
        builder.flatten(norm, "flatten");
        let network = network(builder.finish(), &[&[3.0], &[1.0], &[10.0], &[2.0]]);
        let images = Tensor::from_data([[[[1.0]]], [[[5.0]]]], &FlexDevice);
        assert_near(&logits(&network, images.clone(), Mode::Train), &[-2.0, 4.0]);
        let statistics = network.forward(images.clone(), Mode::Train).statistics;
        let statistics: Vec<(usize, Vec<f32>)> = statistics
            .into_iter()
            .map(|(slot, values)| (slot, values.into_data().to_vec().unwrap()))
            .collect();
        assert_near(&statistics[0].1, &[9.3]);
        assert_near(&statistics[1].1, &[2.6]);
        assert_eq!((statistics[0].0, statistics[1].0), (2, 3));
        // (1 − 10)/√2·3 + 1 and (5 − 10)/√2·3 + 1.
        let evaluated = logits(&network, images, Mode::Evaluate);
        assert!(
            (evaluated[0] + 18.091_8).abs() < 1e-3 && (evaluated[1] + 9.606_6).abs() < 1e-3,
            "{evaluated:?}"
        );
    }

    #[test]
    fn a_block_adds_what_goes_around_it() {
        let mut builder = Builder::new([1, 2, 2], 4);
        let relu = builder.relu(builder.input(), "relu");
        let sum = builder.add_up("add", [relu, builder.input()]);
        let pooled = builder.max_pool(sum, "pool", 2).unwrap();
        builder.flatten(pooled, "flatten");
        let network = network(builder.finish(), &[]);
        let images = Tensor::from_data([[[[1.0, -2.0], [3.0, -4.0]]]], &FlexDevice);
        assert_near(&logits(&network, images, Mode::Evaluate), &[6.0]);
    }

    #[test]
    fn weights_come_back_as_they_went() {
        let graph = Arc::new(Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap());
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        assert_eq!(Network::<Flex>::new(graph, &weights, &FlexDevice).weights(), weights);
    }

    /// Logits and all gradients of a small residual network, in a pool of `threads` threads.
    fn bytes(threads: usize) -> Vec<u32> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let graph =
                Arc::new(Model::Resnet(Resnet { depth: 8, width: 2 }).graph([3, 32, 32], 10).unwrap());
            let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
            let network = Network::<Flex>::new(graph, &weights, &FlexDevice).tracked();
            let pixels: Vec<f32> =
                (0..32 * 3 * 32 * 32u32).map(|pixel| (pixel % 251) as f32 / 125.0 - 1.0).collect();
            let images = Tensor::from_data(TensorData::new(pixels, [32, 3, 32, 32]), &FlexDevice);
            let logits = network.forward(images, Mode::Train).logits;
            let mut gradients = (logits.clone() * logits.clone()).sum().backward();
            let gradients = network.arrays.iter().filter_map(|array| array.grad_remove(&mut gradients));
            let values = gradients.flat_map(|gradient| gradient.into_data().to_vec::<f32>().unwrap());
            let logits = logits.into_data().to_vec::<f32>().unwrap();
            logits.into_iter().chain(values).map(f32::to_bits).collect()
        })
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let one = bytes(1);
        let graph = Model::Resnet(Resnet { depth: 8, width: 2 }).graph([3, 32, 32], 10).unwrap();
        assert_eq!(one.len() as u64, 320 + Cost::of(&graph).parameters);
        assert!(one == bytes(2), "two threads give other bytes than one");
    }
}
