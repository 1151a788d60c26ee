//! What an importance looks at.

use super::Scores;
use crate::data::{Augment, Batches, Splits};
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::{Kernel, to_host};
use crate::model::{Array, Mode, Network, NodeId, Program, Slot, Value, tensors};
use crate::prune::removal::{Removable, Removal};
use crate::prune::{Granularity, Masks, PruneError};
use burn::tensor::{Int, Tensor};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// What an importance looks at.
#[derive(Debug)]
pub struct ScoringContext<'a, B: Kernel> {
    pub network: &'a Network<B>,
    /// The layers to score, in node order.
    pub layers: &'a [String],
    /// What is masked so far; a layer without a mask keeps all.
    pub masks: &'a Masks,
    /// What is removed together.
    pub granularity: Granularity,
    pub data: &'a ScoringData<'a, B>,
}

/// Images and loss for the importances that need them, and the draws of the round.
#[derive(Debug)]
pub struct ScoringData<'a, B: Kernel> {
    pub objective: Objective<'a, B>,
    pub splits: &'a Splits,
    /// Images a batch.
    pub batch: usize,
    /// Names this round's draws.
    pub draw: &'a Draw,
    pub device: &'a B::Device,
    /// How weights have moved in the training that prunes, where the importance is of that.
    pub movement: Option<&'a Scores>,
    /// Set from outside: stop between two batches.
    pub stop: &'a AtomicBool,
}

/// Batches that are looked at, where nothing is said.
pub(super) fn default_batches() -> u32 {
    8
}

/// Images and labels.
pub(super) type LabelledImages<B> = (Tensor<B, 4>, Tensor<B, 1, Int>);

impl<B: Kernel> ScoringData<'_, B> {
    /// The order of the training images to score on. It is drawn for this purpose, so the first batches are
    /// not those that the training after the pruning begins with.
    pub(super) fn order(&self) -> Batches<'_> {
        Batches::new(self.splits, self.draw.within("importance"), self.batch)
    }
}

impl<B: Kernel> ScoringContext<'_, B> {
    /// The first `count` training batches to score on: images, without augmentation, and labels. Once the
    /// scoring is to stop, the next is an error.
    pub(super) fn batches(&self, count: u32) -> impl Iterator<Item = Result<LabelledImages<B>, PruneError>> {
        let mut order = self.data.order();
        (0..u64::from(count)).map(move |step| self.load(order.indices(step)))
    }

    /// The images of those batches one by one, each a batch of its own.
    pub(super) fn images(&self, batches: u32) -> impl Iterator<Item = Result<LabelledImages<B>, PruneError>> {
        let mut order = self.data.order();
        let indices = (0..u64::from(batches)).flat_map(move |step| order.indices(step).to_vec());
        indices.map(|index| self.load(&[index]))
    }

    /// The number of images in the first `batches` batches.
    pub(super) fn count(&self, batches: u32) -> usize {
        let mut order = self.data.order();
        (0..u64::from(batches)).map(|step| order.indices(step).len()).sum()
    }

    /// Training images and their labels.
    fn load(&self, indices: &[u32]) -> Result<LabelledImages<B>, PruneError> {
        self.check_stop()?;
        let ScoringData { splits, draw, device, .. } = *self.data;
        let batch = splits.training_batch(indices, &Augment::default(), draw, 0);
        Ok(tensors(batch, self.network.graph.input(), device))
    }

    /// An error once the scoring is to stop.
    pub(super) fn check_stop(&self) -> Result<(), PruneError> {
        let is_stopped = self.data.stop.load(Ordering::Relaxed);
        if is_stopped { Err(PruneError::Interrupted) } else { Ok(()) }
    }

    /// On each of the first `count` training batches, its number of images and what each of `nodes` gives for them:
    /// `[images, height, width, channels]` or `[images, features]`, flat. With the running statistics of batch norm.
    pub(super) fn outputs(
        &self,
        nodes: &[NodeId],
        count: u32,
    ) -> impl Iterator<Item = Result<(usize, Vec<Vec<f32>>), PruneError>> {
        let program = Program::new(&self.network.graph, nodes);
        self.batches(count).map(move |batch| {
            let (images, _) = batch?;
            let count = images.dims()[0];
            let taps = self.network.forward_with(&program, images, Mode::Evaluate).taps;
            Ok((count, to_host(taps.into_iter().map(Value::flat))))
        })
    }

    /// For each layer, its node.
    pub(super) fn nodes(&self) -> Vec<NodeId> {
        let node = |layer: &String| self.network.graph.node(layer).expect("the stage's layers are there");
        self.layers.iter().map(node).collect()
    }

    /// For each layer, its weight on the host.
    pub(super) fn weights(&self) -> Vec<Array> {
        let slots = self.weight_slots();
        let stored = to_host(slots.iter().map(|&slot| self.network.values(slot).clone()));
        slots.iter().zip(stored).map(|(&slot, stored)| self.network.parameters[slot].array(stored)).collect()
    }

    /// For each layer, the slot of its weight.
    pub(super) fn weight_slots(&self) -> Vec<usize> {
        let slot =
            |layer: &String| self.network.graph.weight_of(layer).expect("the stage's layers are prunable");
        self.layers.iter().map(slot).collect()
    }

    /// Brings the scores of each layer, in the order of `layers` and stored as its weight is, to the host.
    pub(super) fn scores(&self, tensors: impl IntoIterator<Item = Tensor<B, 1>>) -> Scores {
        let parameters = self.weight_slots().into_iter().map(|slot| &self.network.parameters[slot]);
        self.of_layers(
            parameters.zip(to_host(tensors)).map(|(parameter, stored)| parameter.array(stored).values),
        )
    }

    /// The scores of each layer, in the order of `layers`.
    pub(super) fn of_layers(&self, scores: impl IntoIterator<Item = Vec<f32>>) -> Scores {
        Scores(self.layers.iter().cloned().zip(scores).collect())
    }

    /// What `score` gives for each unit that can be removed, and the weights that give it, for every one of these
    /// weights; all others score 0.
    pub(super) fn of_removables(
        &self,
        removal: Removal,
        mut score: impl FnMut(&Removable, &[(&str, Range<usize>)]) -> Result<f32, PruneError>,
    ) -> Result<Scores, PruneError> {
        let graph = &*self.network.graph;
        let sizes = self.weight_slots().into_iter().map(|slot| graph.slots()[slot].size());
        let mut scores = self.of_layers(sizes.map(|size| vec![0.0; size]));
        let is_pruned = |name: &str| self.layers.iter().any(|layer| layer == name);
        for unit in removal.removables(graph, is_pruned) {
            let weights = unit.weights(graph);
            let score = score(&unit, &weights)?;
            for (layer, places) in weights {
                scores.0[layer][places].fill(score);
            }
        }
        Ok(scores)
    }

    /// The score of each output of each layer, in the order of `layers`, for every weight of the output.
    pub(super) fn of_outputs(&self, scores: impl IntoIterator<Item = Vec<f64>>) -> Scores {
        let slots = self.weight_slots().into_iter().map(|slot| &self.network.graph.slots()[slot]);
        let of_layer = |(slot, scores): (&Slot, Vec<f64>)| {
            let of_output = |score| std::iter::repeat_n(score as f32, slot.fan_in());
            scores.into_iter().flat_map(of_output).collect()
        };
        self.of_layers(slots.zip(scores).map(of_layer))
    }
}

#[cfg(test)]
mod tests {
    use crate::data::Batches;
    use crate::prune::importance::testing::Toy;

    #[test]
    fn scores_are_not_taken_on_the_first_batches_of_the_training_that_follows() {
        let [scoring, training] = Toy::new([0.0; 4], &[0; 20]).with(|context| {
            let training = Batches::new(context.data.splits, context.data.draw.clone(), context.data.batch);
            [context.data.order(), training]
                .map(|mut batches| (0..20).map(|step| batches.indices(step)[0]).collect::<Vec<_>>())
        });
        assert_ne!(scoring, training);
    }
}
