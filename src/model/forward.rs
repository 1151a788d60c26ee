//! The forward pass: logits, and the outputs of tapped nodes.

use super::graph::SlotId;
use super::network::Network;
use super::program::{Instruction, Operation, Program};
use super::value::Value;
use crate::kernel::{Bias, Kernel, Norm, Normalization, Statistics};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use std::sync::Arc;

/// Added to the variance in batch norm, as in PyTorch.
pub(super) const NORM_EPS: f64 = 1e-5;

/// Share of the batch's statistics in the new running ones, as in PyTorch.
const NORM_MOMENTUM: f64 = 0.1;

/// Batch norm uses the batch's own statistics when training, the running ones when evaluating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Train,
    Evaluate,
}

impl Mode {
    pub(super) fn statistics(self) -> Statistics {
        match self {
            Self::Train => Statistics::Batch,
            Self::Evaluate => Statistics::Running,
        }
    }
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Forward<B: Kernel> {
    /// `[batch, classes]`
    pub logits: Tensor<B, 2>,
    /// The output of each tapped node, in the order of the program's taps.
    pub taps: Vec<Value<B>>,
    /// In training, the new running statistics.
    pub statistics: Vec<(SlotId, Tensor<B, 1>)>,
}

/// What a forward pass leaves for the backward pass.
#[derive(Clone, Debug)]
pub struct Tape<B: Kernel> {
    pub(super) program: Arc<Program>,
    /// The output of each node; `None` within an instruction.
    pub(super) values: Vec<Option<Value<B>>>,
    /// Mean and variance that each batch norm used, by its instruction.
    pub(super) moments: Vec<Option<[Tensor<B, 1>; 2]>>,
    pub(super) mode: Mode,
}

impl<B: Kernel> Network<B> {
    /// Evaluates the network; outputs are dropped after their last use.
    ///
    /// `images`: `[batch, height, width, channels]`.
    pub fn forward(&self, images: Tensor<B, 4>, mode: Mode) -> Forward<B> {
        self.forward_with(&self.program, images, mode)
    }

    /// The same with the taps of `program`, which must be of this network's graph.
    pub fn forward_with(&self, program: &Program, images: Tensor<B, 4>, mode: Mode) -> Forward<B> {
        let mut pass = ForwardPass::new(self, images, mode);
        for instruction in &program.instructions {
            pass.execute(instruction);
            instruction.last_uses.iter().for_each(|&node| pass.values[node] = None);
        }
        pass.result(program)
    }

    /// The running statistics after a batch of `images` whose own have this `share` in them.
    pub fn running_statistics(&self, images: Tensor<B, 4>, share: f64) -> Vec<(SlotId, Tensor<B, 1>)> {
        let mut pass = ForwardPass { share, ..ForwardPass::new(self, images, Mode::Train) };
        for instruction in &self.program.instructions {
            pass.execute(instruction);
            instruction.last_uses.iter().for_each(|&node| pass.values[node] = None);
        }
        pass.statistics
    }

    /// The forward pass of a training step: keeps what [`Network::backward`] needs.
    pub fn record(&self, images: Tensor<B, 4>, mode: Mode) -> (Forward<B>, Tape<B>) {
        self.record_with(&self.program, images, mode)
    }

    /// The same with the taps of `program`, which must be of this network's graph.
    pub fn record_with(
        &self,
        program: &Arc<Program>,
        images: Tensor<B, 4>,
        mode: Mode,
    ) -> (Forward<B>, Tape<B>) {
        let mut pass = ForwardPass::new(self, images, mode);
        program.instructions.iter().for_each(|instruction| pass.execute(instruction));
        let forward = pass.result(program);
        let ForwardPass { values, moments, .. } = pass;
        (forward, Tape { program: Arc::clone(program), values, moments, mode })
    }
}

/// A forward pass under way.
struct ForwardPass<'a, B: Kernel> {
    network: &'a Network<B>,
    images: Option<Tensor<B, 4>>,
    mode: Mode,
    /// Of the batch's statistics in the new running ones.
    share: f64,
    values: Vec<Option<Value<B>>>,
    moments: Vec<Option<[Tensor<B, 1>; 2]>>,
    statistics: Vec<(SlotId, Tensor<B, 1>)>,
}

impl<'a, B: Kernel> ForwardPass<'a, B> {
    fn new(network: &'a Network<B>, images: Tensor<B, 4>, mode: Mode) -> Self {
        let values = vec![None; network.graph.nodes().len()];
        let (share, moments, statistics) = (NORM_MOMENTUM, Vec::new(), Vec::new());
        Self { network, images: Some(images), mode, share, values, moments, statistics }
    }

    fn execute(&mut self, instruction: &Instruction) {
        let values = |index: usize| self.network.values(instruction.slot + index).clone();
        let bias = |bias: Bias| (bias == Bias::Present).then(|| values(1));
        let mut moments = None;
        let value = match &instruction.operation {
            Operation::Input => Value::Images(self.images.take().expect("a graph has one input")),
            &Operation::Convolution(op, has_bias) => {
                let weight = self.network.parameters[instruction.slot].weight();
                Value::Images(B::convolution(op, self.input(instruction, 0).images(), weight, bias(has_bias)))
            }
            &Operation::Linear(activation, has_bias) => {
                let weight = self.network.parameters[instruction.slot].weight();
                let features = self.input(instruction, 0).features();
                Value::Features(B::linear_layer(activation, features, weight, bias(has_bias)))
            }
            &Operation::Norm(activation) => {
                let images = self.input(instruction, 0).images();
                let residual = instruction.inputs.get(1).map(|_| self.input(instruction, 1).images());
                let [mean, variance] = match self.mode {
                    Mode::Evaluate => [values(2), values(3)],
                    Mode::Train => B::moments(images.clone()),
                };
                if self.mode == Mode::Train {
                    self.update_statistics(instruction, &images, &mean, &variance);
                }
                moments = Some([mean.clone(), variance.clone()]);
                let norm = Norm { mean, variance, weight: values(0), bias: values(1) };
                let statistics = self.mode.statistics();
                let op = Normalization { epsilon: NORM_EPS, statistics, activation };
                Value::Images(B::normalize(op, images, norm, residual))
            }
            Operation::Relu => match self.input(instruction, 0) {
                Value::Images(images) => Value::Images(relu(images)),
                Value::Features(features) => Value::Features(relu(features)),
            },
            &Operation::MaxPool(op) => Value::Images(B::max_pool(op, self.input(instruction, 0).images())),
            Operation::GlobalAverage => Value::Images(B::global_average(self.input(instruction, 0).images())),
            Operation::Add => self.input(instruction, 0).add(self.input(instruction, 1)),
            Operation::Flatten => Value::Features(B::flatten(self.input(instruction, 0).images())),
        };
        self.values[instruction.output] = Some(value);
        self.moments.push(moments);
    }

    /// Takes the statistics; the outputs stay.
    fn result(&mut self, program: &Program) -> Forward<B> {
        let output = |node: usize| self.values[node].clone().expect("logits and taps are kept");
        let logits = output(self.network.graph.output()).features();
        let taps = program.taps.iter().map(|&node| output(node)).collect();
        Forward { logits, taps, statistics: std::mem::take(&mut self.statistics) }
    }

    fn input(&self, instruction: &Instruction, index: usize) -> Value<B> {
        self.values[instruction.inputs[index]].clone().expect("inputs come before what uses them")
    }

    /// New running statistics of a batch norm: the batch is normalized by its biased variance, and the
    /// unbiased one enters the running variance, as in PyTorch.
    fn update_statistics(
        &mut self,
        instruction: &Instruction,
        images: &Tensor<B, 4>,
        mean: &Tensor<B, 1>,
        variance: &Tensor<B, 1>,
    ) {
        let [batch, height, width, _] = images.dims();
        let samples = (batch * height * width) as f64;
        let unbiased = samples / (samples - 1.0).max(1.0);
        let mut update = |slot: SlotId, new: &Tensor<B, 1>, factor: f64| {
            let old = self.network.values(slot).clone();
            let new = B::running(old, new.clone(), 1.0 - self.share, factor * self.share);
            self.statistics.push((slot, new.detach()));
        };
        update(instruction.slot + 2, mean, 1.0);
        update(instruction.slot + 3, variance, unbiased);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::architecture::Resnet;
    use crate::model::{Array, Builder, Conv2d, Graph, Model, NodeId, Op, Slot, Weights};
    use burn::tensor::TensorData;

    fn network(graph: Graph, values: &[&[f32]]) -> Network<Flex> {
        let slots = graph.slots().iter().zip(values);
        let array = |(slot, values): (&Slot, &&[f32])| {
            (slot.name.clone(), Array { shape: slot.shape.clone(), values: values.to_vec() })
        };
        let weights = Weights(slots.map(array).collect());
        Network::new(Arc::new(graph), &weights, &FlexDevice)
    }

    fn assert_near(found: &[f32], expected: &[f32]) {
        let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-5);
        assert!(near && found.len() == expected.len(), "{found:?} is not {expected:?}");
    }

    fn values(value: Value<Flex>) -> Vec<f32> {
        let data = match value {
            Value::Images(images) => images.into_data(),
            Value::Features(features) => features.into_data(),
        };
        data.to_vec().unwrap()
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
        let three = Op::Conv2d(Conv2d { bias: true, ..Conv2d::three(1) });
        let conv = builder.add("conv1", three, &[Builder::INPUT]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[conv]).unwrap();
        let kernel: Vec<f32> = (1u8..=9).map(f32::from).collect();
        let network = network(builder.finish(flat).unwrap(), &[&kernel, &[0.5]]);
        let images = Tensor::from_data([[[[1.0], [2.0]], [[3.0], [4.0]]]], &FlexDevice);
        assert_near(&logits(&network, images, Mode::Evaluate), &[77.5, 67.5, 47.5, 37.5]);
    }

    // Two one-pixel images 1 and 5: mean 3, biased variance 4, unbiased 8. Normalized: ∓2/√(4 + 1e-5);
    // times 3 plus 1. Running mean 0.9·10 + 0.1·3 = 9.3, variance 0.9·2 + 0.1·8 = 2.6.
    #[test]
    fn batch_norm_by_hand() {
        let mut builder = Builder::new([1, 1, 1], 1);
        let norm = builder.add("bn1", Op::BatchNorm, &[Builder::INPUT]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[norm]).unwrap();
        let network = network(builder.finish(flat).unwrap(), &[&[3.0], &[1.0], &[10.0], &[2.0]]);
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
        let mut builder = Builder::new([1, 2, 2], 1);
        let relu = builder.add("relu", Op::Relu, &[Builder::INPUT]).unwrap();
        let sum = builder.add("add", Op::Add, &[relu, Builder::INPUT]).unwrap();
        let pooled = builder.add("pool", Op::MaxPool { kernel: 2, stride: 2 }, &[sum]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[pooled]).unwrap();
        let network = network(builder.finish(flat).unwrap(), &[]);
        let images = Tensor::from_data([[[[1.0], [-2.0]], [[3.0], [-4.0]]]], &FlexDevice);
        assert_near(&logits(&network, images, Mode::Evaluate), &[6.0]);
    }

    // As above, with the ReLU that is otherwise computed together with the norm: −2 and 4 before it, 0 and
    // 4 behind it.
    #[test]
    fn a_tap_before_a_relu_is_before_it() {
        let mut builder = Builder::new([1, 1, 1], 1);
        let norm = builder.add("bn1", Op::BatchNorm, &[Builder::INPUT]).unwrap();
        let relu = builder.add("relu", Op::Relu, &[norm]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[relu]).unwrap();
        let network = network(builder.finish(flat).unwrap(), &[&[3.0], &[1.0], &[10.0], &[2.0]]);
        let images = Tensor::from_data([[[[1.0]]], [[[5.0]]]], &FlexDevice);
        let program = Program::new(&network.graph, &[norm, Builder::INPUT]);
        let forward = network.forward_with(&program, images, Mode::Train);
        assert_near(&values(forward.taps[0].clone()), &[-2.0, 4.0]);
        assert_near(&values(forward.taps[1].clone()), &[1.0, 5.0]);
        assert_near(&values(Value::Features(forward.logits)), &[0.0, 4.0]);
    }

    /// Where every node is tapped, nothing is computed together.
    #[test]
    fn taps_are_what_an_evaluation_node_by_node_gives() {
        let graph = Arc::new(Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap());
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let network = Network::<Flex>::new(Arc::clone(&graph), &weights, &FlexDevice);
        let pixels: Vec<f32> = (0..2 * 8 * 8 * 3u32).map(|pixel| (pixel % 7) as f32 - 3.0).collect();
        let images = Tensor::from_data(TensorData::new(pixels, [2, 8, 8, 3]), &FlexDevice);
        let all: Vec<NodeId> = (0..graph.nodes().len()).collect();
        for mode in [Mode::Train, Mode::Evaluate] {
            let run = |taps: &[NodeId]| {
                let forward = network.forward_with(&Program::new(&graph, taps), images.clone(), mode);
                (forward.taps, values(Value::Features(forward.logits)))
            };
            let (outputs, logits) = run(&all);
            assert_near(&run(&[]).1, &logits);
            for &node in &all {
                let (taps, with_tap) = run(&[node]);
                assert_near(&values(taps[0].clone()), &values(outputs[node].clone()));
                assert_near(&with_tap, &logits);
            }
        }
    }
}
