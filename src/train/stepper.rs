//! One optimizer step: gradients update the parameters, and masked weights stay zero.

use super::optimizer::Update;
use super::{Checkpoint, Optimizer};
use crate::distill::Gradient;
use crate::kernel::{Kernel, SparsityPattern};
use crate::model::{Graph, Network, Slot, array_tensor, tensor_array};
use crate::prune::Masks;
use burn::tensor::Tensor;
use indexmap::IndexMap;
use std::sync::Arc;

/// A network in training: its arrays, their masks and the optimizer's state, all on the device.
#[derive(Debug)]
pub(crate) struct Stepper<'a, B: Kernel> {
    network: Network<B>,
    slots: Vec<Slot>,
    /// For each slot with a mask whose weight is stored dense, 1 where a weight is kept and 0 where it is
    /// masked.
    masks: Vec<Option<Tensor<B, 1>>>,
    optimizer: &'a Optimizer,
    /// For each slot, in the order of the optimizer's `state_names`.
    state: Vec<Vec<Tensor<B, 1>>>,
    /// The step at which the state was empty: optimizers count from there.
    fresh_at: u64,
}

impl<'a, B: Kernel> Stepper<'a, B> {
    pub fn new(
        graph: Arc<Graph>,
        start: &Checkpoint,
        masks: &Masks,
        optimizer: &'a Optimizer,
        device: &B::Device,
    ) -> Self {
        let slots = graph.slots().to_vec();
        let patterns = masks.sparsity_patterns(&graph, B::prefers_sparse);
        let masks = masks.tensors(&graph, &patterns, device);
        let network = Network::with_patterns(graph, &start.weights, patterns, device);
        let restore = |(index, slot)| restore(slot, network.pattern(index), start, optimizer, device);
        let state: Vec<Vec<_>> = slots.iter().enumerate().map(restore).collect();
        let fresh_at = if state.iter().all(Vec::is_empty) { start.step } else { 0 };
        Self { network, slots, masks, optimizer, state, fresh_at }
    }

    pub fn network(&self) -> &Network<B> {
        &self.network
    }

    /// Takes step `step` (from 0) along `gradient`, then sets every masked weight to zero.
    pub fn step(&mut self, gradient: Gradient<B>, lr: f64, step: u64) {
        let step = step + 1 - self.fresh_at;
        for (slot, gradient) in gradient.arrays.into_iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            // Moved out of the network, so that the tensor is not shared and can be updated in place.
            let value = std::mem::replace(&mut self.network.arrays[slot], gradient.clone());
            let (mask, state) = (self.masks[slot].clone(), &mut self.state[slot]);
            let update = Update { value, gradient, mask, state, lr, step };
            self.network.arrays[slot] = self.optimizer.step(update);
        }
        for (slot, values) in gradient.statistics {
            self.network.arrays[slot] = values;
        }
    }

    /// Everything needed to go on after `step` steps.
    pub fn checkpoint(&self, step: u64) -> Checkpoint {
        let mut optimizer = IndexMap::new();
        for (index, (slot, state)) in self.slots.iter().zip(&self.state).enumerate() {
            for (name, tensor) in self.optimizer.state_names().iter().zip(state) {
                let array = tensor_array(tensor, self.network.pattern(index), slot.shape.clone());
                optimizer.insert(format!("{name}.{}", slot.name), array);
            }
        }
        Checkpoint { step, weights: self.network.weights(), optimizer }
    }
}

/// The state of `slot` that a checkpoint holds; empty unless it holds all that `optimizer` remembers.
fn restore<B: Kernel>(
    slot: &Slot,
    pattern: Option<&SparsityPattern>,
    start: &Checkpoint,
    optimizer: &Optimizer,
    device: &B::Device,
) -> Vec<Tensor<B, 1>> {
    let arrays =
        optimizer.state_names().iter().map(|name| start.optimizer.get(&format!("{name}.{}", slot.name)));
    let tensors: Option<Vec<_>> =
        arrays.map(|array| Some(array_tensor(&array?.values, pattern, device))).collect();
    tensors.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::{LossMix, Objective};
    use crate::draw::Draw;
    use crate::model::architecture::Mlp;
    use crate::model::{Array, Mode, Model, Weights, tensors};
    use crate::train::{Adam, Sgd};
    use burn_flex::{Flex, FlexDevice};

    /// fc1 keeps a quarter and fc2 nothing, both stored sparse; fc3 keeps half, stored dense with a mask.
    fn masks(graph: &Graph) -> Masks {
        let mut masks = Masks::full(graph, &graph.prunable());
        for (layer, one_in) in [("fc1", Some(4)), ("fc2", None), ("fc3", Some(2))] {
            let mask = masks.0.get_mut(layer).unwrap();
            let is_kept = |index: usize| one_in.is_some_and(|one_in| index % one_in == 1);
            mask.iter_mut().enumerate().for_each(|(index, mask)| *mask = is_kept(index));
        }
        assert_eq!(masks.emptied(), ["fc2"]);
        masks
    }

    fn gradient(network: &Network<Flex>) -> Gradient<Flex> {
        let images = (0..7 * 100).map(|value| (value % 13) as f32 / 6.0 - 1.0).collect();
        let batch = crate::data::Batch { images, labels: vec![0, 1, 2, 3, 4, 5, 6] };
        let (images, labels) = tensors(batch, [1, 10, 10], &FlexDevice);
        let objective = Objective { loss: &LossMix::default(), label_smoothing: 0.0, teacher: None };
        objective.gradient(network, images, labels, Mode::Train)
    }

    /// A checkpoint with optimizer state for every weight, the masked ones too.
    fn start(graph: &Graph, masks: &Masks, optimizer: &Optimizer) -> Checkpoint {
        let mut weights = Weights::initial(graph, &Draw::new(0, "dense"));
        masks.apply(&mut weights);
        let remembered = graph.slots().iter().flat_map(|slot| {
            let array = Array { shape: slot.shape.clone(), values: vec![0.5; slot.size()] };
            optimizer.state_names().iter().map(move |name| (format!("{name}.{}", slot.name), array.clone()))
        });
        Checkpoint { step: 4, weights, optimizer: remembered.collect() }
    }

    fn optimizers() -> [Optimizer; 2] {
        let sgd = Sgd { lr: 0.1, momentum: 0.9, nesterov: false, weight_decay: 1e-3 };
        [Optimizer::Sgd(sgd), Optimizer::Adam(Adam::default())]
    }

    #[test]
    fn pruned_stays_pruned_after_every_step() {
        let graph = Arc::new(Model::Mlp(Mlp { hidden: vec![100, 100] }).graph([1, 10, 10], 10).unwrap());
        let masks = masks(&graph);
        for optimizer in optimizers() {
            let start = start(&graph, &masks, &optimizer);
            let mut stepper =
                Stepper::<Flex>::new(Arc::clone(&graph), &start, &masks, &optimizer, &FlexDevice);
            let is_sparse: Vec<bool> = (0..6).map(|slot| stepper.network().pattern(slot).is_some()).collect();
            assert_eq!(is_sparse, [true, false, true, false, false, false]);
            for step in 4..7 {
                let before = stepper.network().weights();
                let gradient = gradient(stepper.network());
                stepper.step(gradient, 0.1, step);
                let after = stepper.network().weights();
                assert!(masks.is_respected_by(&after), "step {step} with {optimizer:?}");
                assert_ne!(before, after);
            }
        }
    }

    #[test]
    fn a_checkpoint_goes_on_as_if_nothing_had_been() {
        let graph = Arc::new(Model::Mlp(Mlp { hidden: vec![100, 100] }).graph([1, 10, 10], 10).unwrap());
        let masks = masks(&graph);
        for optimizer in optimizers() {
            let new = |start: &Checkpoint| {
                Stepper::<Flex>::new(Arc::clone(&graph), start, &masks, &optimizer, &FlexDevice)
            };
            let mut stepper = new(&start(&graph, &masks, &optimizer));
            for step in 4..6 {
                let gradient = gradient(stepper.network());
                stepper.step(gradient, 0.1, step);
            }
            let mut other = new(&stepper.checkpoint(6));
            for stepper in [&mut stepper, &mut other] {
                let gradient = gradient(stepper.network());
                stepper.step(gradient, 0.1, 6);
            }
            assert_eq!(stepper.checkpoint(7), other.checkpoint(7));
        }
    }
}
