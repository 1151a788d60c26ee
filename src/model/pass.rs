//! One pass through a network, step by step.

use super::Network;
use super::program::{Step, Work};
use crate::kernel::{Bias, Kernel, Norm, Normalization, Statistics};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

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
    /// In training, the new running statistics: (slot index, values).
    pub statistics: Vec<(usize, Tensor<B, 1>)>,
}

/// What flows between steps.
#[derive(Clone, Debug)]
pub(super) enum Value<B: Kernel> {
    /// `[batch, height, width, channels]`
    Images(Tensor<B, 4>),
    /// `[batch, features]`
    Features(Tensor<B, 2>),
}

/// A forward pass under way.
pub(super) struct Pass<'a, B: Kernel> {
    network: &'a Network<B>,
    images: Option<Tensor<B, 4>>,
    mode: Mode,
    pub values: Vec<Option<Value<B>>>,
    moments: Vec<Option<[Tensor<B, 1>; 2]>>,
    statistics: Vec<(usize, Tensor<B, 1>)>,
}

impl<'a, B: Kernel> Pass<'a, B> {
    /// `images`: `[batch, height, width, channels]`.
    pub fn new(network: &'a Network<B>, images: Tensor<B, 4>, mode: Mode) -> Self {
        let values = vec![None; network.graph.nodes().len()];
        Self { network, images: Some(images), mode, values, moments: Vec::new(), statistics: Vec::new() }
    }

    pub fn forward(&mut self, step: &Step) {
        let arrays = &self.network.arrays[step.slot..];
        let bias = |bias: Bias| (bias == Bias::Present).then(|| arrays[1].clone());
        let mut moments = None;
        let value = match &step.work {
            Work::Input => Value::Images(self.images.take().expect("a graph has one input")),
            &Work::Convolution(op, shape, has_bias) => {
                let weight = self.network.weight(step.slot, shape);
                Value::Images(B::convolution(op, self.input(step, 0).images(), weight, bias(has_bias)))
            }
            &Work::Linear(activation, shape, has_bias) => {
                let weight = self.network.weight(step.slot, shape);
                let features = self.input(step, 0).features();
                Value::Features(B::linear_layer(activation, features, weight, bias(has_bias)))
            }
            &Work::Norm(activation) => {
                let images = self.input(step, 0).images();
                let residual = step.inputs.get(1).map(|_| self.input(step, 1).images());
                let [mean, variance] = match self.mode {
                    Mode::Evaluate => [arrays[2].clone(), arrays[3].clone()],
                    Mode::Train => B::moments(images.clone()),
                };
                if self.mode == Mode::Train {
                    self.remember(step, &images, &mean, &variance);
                }
                moments = Some([mean.clone(), variance.clone()]);
                let norm = Norm { mean, variance, weight: arrays[0].clone(), bias: arrays[1].clone() };
                let statistics = self.mode.statistics();
                let op = Normalization { epsilon: NORM_EPS, statistics, activation };
                Value::Images(B::normalize(op, images, norm, residual))
            }
            Work::Relu => match self.input(step, 0) {
                Value::Images(images) => Value::Images(relu(images)),
                Value::Features(features) => Value::Features(relu(features)),
            },
            &Work::MaxPool(op) => Value::Images(B::max_pool(op, self.input(step, 0).images())),
            Work::GlobalAverage => Value::Images(B::global_average(self.input(step, 0).images())),
            Work::Add => self.input(step, 0).add(self.input(step, 1)),
            Work::Flatten => Value::Features(B::flatten(self.input(step, 0).images())),
        };
        self.values[step.output] = Some(value);
        self.moments.push(moments);
    }

    /// The values of all nodes, and the moments of all steps, besides what the pass was for.
    #[expect(clippy::type_complexity, reason = "taken apart at once where it is called")]
    pub fn finish(mut self) -> (Forward<B>, Vec<Option<Value<B>>>, Vec<Option<[Tensor<B, 1>; 2]>>) {
        let logits = self.values[self.network.graph.output()].take();
        let logits = logits.expect("every program gives the logits").features();
        (Forward { logits, statistics: self.statistics }, self.values, self.moments)
    }

    fn input(&self, step: &Step, index: usize) -> Value<B> {
        self.values[step.inputs[index]].clone().expect("inputs come before the steps that use them")
    }

    /// New running statistics of a batch norm: the batch is normalized by its biased variance, the
    /// unbiased one is remembered, as in PyTorch.
    fn remember(&mut self, step: &Step, images: &Tensor<B, 4>, mean: &Tensor<B, 1>, variance: &Tensor<B, 1>) {
        let [batch, height, width, _] = images.dims();
        let samples = (batch * height * width) as f64;
        let unbiased = samples / (samples - 1.0).max(1.0);
        let mut remember = |slot: usize, new: &Tensor<B, 1>, factor: f64| {
            let old = self.network.arrays[slot].clone() * (1.0 - NORM_MOMENTUM);
            self.statistics.push((slot, (old + new.clone() * (factor * NORM_MOMENTUM)).detach()));
        };
        remember(step.slot + 2, mean, 1.0);
        remember(step.slot + 3, variance, unbiased);
    }
}

impl<B: Kernel> Value<B> {
    /// The sum with a value of the same shape.
    pub fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::Images(one), Self::Images(other)) => Self::Images(one + other),
            (one, other) => Self::Features(one.features() + other.features()),
        }
    }

    pub fn images(self) -> Tensor<B, 4> {
        match self {
            Self::Images(images) => images,
            Self::Features(_) => unreachable!("the graph was checked: this operation is on images"),
        }
    }

    pub fn features(self) -> Tensor<B, 2> {
        match self {
            Self::Features(features) => features,
            Self::Images(_) => unreachable!("the graph was checked: this operation is on features"),
        }
    }
}
