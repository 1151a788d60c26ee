//! A graph with its parameters on a device.

use super::pass::{Forward, Mode, Pass, Value};
use super::program::Program;
use super::{Array, Graph, Slot, Weights};
use crate::data::Batch;
use crate::kernel::{Kernel, SparsityPattern, Weight};
use burn::tensor::{Int, Tensor, TensorData};
use std::sync::Arc;

/// Parameters on a device. Every array is kept flat, `Tensor<B, 1>`, and reshaped where it is used, so
/// that optimizers and masks see one kind of tensor.
#[derive(Clone, Debug)]
pub struct Network<B: Kernel> {
    pub graph: Arc<Graph>,
    /// One a slot of the graph, in its order; a slot with a pattern has its kept weights only.
    pub arrays: Vec<Tensor<B, 1>>,
    pub(super) program: Arc<Program>,
    /// For each slot, the pattern of its weight, where that is stored sparse.
    patterns: Vec<Option<Arc<SparsityPattern>>>,
}

impl<B: Kernel> Network<B> {
    /// Puts `weights`, which must be of `graph`, on `device`.
    pub fn new(graph: Arc<Graph>, weights: &Weights, device: &B::Device) -> Self {
        let patterns = vec![None; graph.slots().len()];
        Self::with_patterns(graph, weights, patterns, device)
    }

    /// The same with sparse weights where `patterns`, one entry a slot, has a pattern: weights outside of it are
    /// masked, so they are zero and stay zero.
    pub fn with_patterns(
        graph: Arc<Graph>,
        weights: &Weights,
        patterns: Vec<Option<Arc<SparsityPattern>>>,
        device: &B::Device,
    ) -> Self {
        let put = |(slot, pattern): (&Slot, &Option<Arc<SparsityPattern>>)| {
            array_tensor(&weights.0[&slot.name].values, pattern.as_deref(), device)
        };
        let arrays: Vec<_> = graph.slots().iter().zip(&patterns).map(put).collect();
        let program = Arc::new(Program::new(&graph));
        Self { graph, arrays, program, patterns }
    }

    /// The pattern of `slot`, where its weight is stored sparse.
    pub(crate) fn pattern(&self, slot: usize) -> Option<&SparsityPattern> {
        self.patterns[slot].as_deref()
    }

    /// The weight in `slot`, as its layer takes it.
    pub(super) fn weight<const W: usize>(&self, slot: usize, shape: [usize; W]) -> Weight<B, W> {
        let array = self.arrays[slot].clone();
        match &self.patterns[slot] {
            None => Weight::Dense(array.reshape(shape)),
            Some(pattern) => Weight::Sparse(Arc::clone(pattern), array),
        }
    }

    /// Copies the arrays back to the host.
    pub fn weights(&self) -> Weights {
        let slots = self.graph.slots().iter().zip(&self.arrays).zip(&self.patterns);
        let back = |((slot, tensor), pattern): ((&Slot, &Tensor<B, 1>), &Option<Arc<SparsityPattern>>)| {
            (slot.name.clone(), tensor_array(tensor, pattern.as_deref(), slot.shape.clone()))
        };
        Weights(slots.map(back).collect())
    }

    /// Without a way back: what comes between is dropped as soon as nothing needs it any more.
    ///
    /// `images`: `[batch, height, width, channels]`.
    pub fn forward(&self, images: Tensor<B, 4>, mode: Mode) -> Forward<B> {
        let mut pass = Pass::new(self, images, mode);
        for step in &self.program.steps {
            pass.forward(step);
            step.last_uses.iter().for_each(|&node| pass.values[node] = None);
        }
        pass.finish().0
    }

    /// With the way back.
    pub fn record(&self, images: Tensor<B, 4>, mode: Mode) -> (Forward<B>, Tape<B>) {
        let mut pass = Pass::new(self, images, mode);
        self.program.steps.iter().for_each(|step| pass.forward(step));
        let (forward, values, moments) = pass.finish();
        (forward, Tape { values, moments, mode })
    }
}

/// What a forward pass leaves for the pass back.
#[derive(Debug)]
pub struct Tape<B: Kernel> {
    /// What each node gave; `None` within a step.
    pub(super) values: Vec<Option<Value<B>>>,
    /// Mean and variance that each batch norm used, by its step.
    pub(super) moments: Vec<Option<[Tensor<B, 1>; 2]>>,
    pub(super) mode: Mode,
}

/// Puts an array on `device`, flat; with a `pattern`, only its kept values.
pub fn array_tensor<B: Kernel>(
    values: &[f32],
    pattern: Option<&SparsityPattern>,
    device: &B::Device,
) -> Tensor<B, 1> {
    let values = pattern.map_or_else(|| values.to_vec(), |pattern| pattern.gather(values));
    let length = values.len();
    Tensor::from_data(TensorData::new(values, [length]), device)
}

/// The other way round: the whole array, back on the host.
pub fn tensor_array<B: Kernel>(
    tensor: &Tensor<B, 1>,
    pattern: Option<&SparsityPattern>,
    shape: Vec<usize>,
) -> Array {
    let values: Vec<f32> = tensor.to_data().to_vec().expect("every backend computes in f32");
    let values = match pattern {
        None => values,
        Some(pattern) => pattern.scatter(&values),
    };
    Array { shape, values }
}

/// Puts a batch of images with `image` channels, height and width on `device`: images `[batch, height,
/// width, channels]` and labels `[batch]`.
pub fn tensors<B: Kernel>(
    batch: Batch,
    image: [usize; 3],
    device: &B::Device,
) -> (Tensor<B, 4>, Tensor<B, 1, Int>) {
    let count = batch.labels.len();
    let [channels, height, width] = image;
    let images = TensorData::new(batch.images, [count, height, width, channels]);
    let labels: Vec<i32> = batch.labels.into_iter().map(i32::from).collect();
    (Tensor::from_data(images, device), Tensor::from_data(TensorData::new(labels, [count]), device))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::model::architecture::Resnet;
    use crate::model::{Builder, Conv2d, Cost, Model, Op};
    use burn_flex::{Flex, FlexDevice};

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
            let network = Network::<Flex>::new(graph, &weights, &FlexDevice);
            let pixels: Vec<f32> =
                (0..32 * 3 * 32 * 32u32).map(|pixel| (pixel % 251) as f32 / 125.0 - 1.0).collect();
            let images = Tensor::from_data(TensorData::new(pixels, [32, 32, 32, 3]), &FlexDevice);
            let (Forward { logits, .. }, tape) = network.record(images, Mode::Train);
            // As for a loss of half the sum of the squares.
            let gradients = network.backward(tape, (logits.clone(), logits.clone())).into_iter().flatten();
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
