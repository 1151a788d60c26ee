//! One step: every array follows its gradient, and what is pruned stays pruned.

use super::optimizer::Update;
use super::{Checkpoint, Optimizer};
use crate::distill::Gradient;
use crate::kernel::{Kept, Kernel};
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
    /// For each slot, the kept weights where the network has these alone.
    kept: Vec<Option<Arc<Kept>>>,
    /// For each other slot with a mask, 1 where the weight is kept and 0 where it is masked.
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
        let slots = graph.slots();
        let kept = masks.kept_alone(&graph, B::prefers);
        let mut masks = masks.tensors(&graph, device);
        for (mask, _) in masks.iter_mut().zip(&kept).filter(|(_, kept)| kept.is_some()) {
            *mask = None;
        }
        let restore = |(slot, kept): (&Slot, &Option<Arc<Kept>>)| {
            restore(slot, kept.as_deref(), start, optimizer, device)
        };
        let state: Vec<Vec<_>> = slots.iter().zip(&kept).map(restore).collect();
        let fresh_at = if state.iter().all(Vec::is_empty) { start.step } else { 0 };
        let network = Network::with_kept(graph, &start.weights, kept.clone(), device);
        Self { network, slots, kept, masks, optimizer, state, fresh_at }
    }

    pub fn network(&self) -> &Network<B> {
        &self.network
    }

    /// Takes step `step` (from 0) along `gradient`, then sets every masked weight to zero.
    pub fn step(&mut self, gradient: Gradient<B>, lr: f64, step: u64) {
        let step = step + 1 - self.fresh_at;
        for (slot, gradient) in gradient.arrays.into_iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            // Taken out, so that it is nobody else's and can be changed in place.
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
        for ((slot, kept), state) in self.slots.iter().zip(&self.kept).zip(&self.state) {
            for (name, tensor) in self.optimizer.state_names().iter().zip(state) {
                let array = tensor_array(tensor, kept.as_deref(), slot.shape.clone());
                optimizer.insert(format!("{name}.{}", slot.name), array);
            }
        }
        Checkpoint { step, weights: self.network.weights(), optimizer }
    }
}

/// The state of `slot` that a checkpoint holds; empty unless it holds all that `optimizer` remembers.
fn restore<B: Kernel>(
    slot: &Slot,
    kept: Option<&Kept>,
    start: &Checkpoint,
    optimizer: &Optimizer,
    device: &B::Device,
) -> Vec<Tensor<B, 1>> {
    let arrays =
        optimizer.state_names().iter().map(|name| start.optimizer.get(&format!("{name}.{}", slot.name)));
    let tensors: Option<Vec<_>> =
        arrays.map(|array| Some(array_tensor(&array?.values, kept, device))).collect();
    tensors.unwrap_or_default()
}
