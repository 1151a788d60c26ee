//! A graph with its parameters on a device.

use super::program::Program;
use super::{Array, Graph, Slot, Weights};
use crate::data::Batch;
use crate::kernel::{Kernel, SparsityPattern, Weight};
use burn::backend::Autodiff;
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
        let program = Arc::new(Program::new(&graph, &[]));
        Self { graph, arrays, program, patterns }
    }

    /// The pattern of `slot`, where its weight is stored sparse.
    pub(crate) fn pattern(&self, slot: usize) -> Option<&SparsityPattern> {
        self.patterns[slot].as_deref()
    }

    /// The same network with parameters that Burn's differentiation tracks: for gradients of gradients.
    pub fn tracked(&self) -> Network<Autodiff<B>> {
        let track = |(slot, array): (&Slot, &Tensor<B, 1>)| {
            let array = Tensor::from_inner(array.clone());
            if slot.role.is_learned() { array.require_grad() } else { array }
        };
        let arrays = self.graph.slots().iter().zip(&self.arrays).map(track).collect();
        let (graph, program) = (Arc::clone(&self.graph), Arc::clone(&self.program));
        Network { graph, arrays, program, patterns: self.patterns.clone() }
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

/// The whole array, back on the host; values outside of the `pattern` are zero.
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
    use crate::model::Model;
    use crate::model::architecture::Resnet;
    use burn_flex::{Flex, FlexDevice};

    #[test]
    fn weights_come_back_as_they_went() {
        let graph = Arc::new(Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap());
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        assert_eq!(Network::<Flex>::new(graph, &weights, &FlexDevice).weights(), weights);
    }
}
