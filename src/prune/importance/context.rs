//! What an importance looks at.

use super::Scores;
use crate::data::{Augment, Batches, Splits};
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::{Kernel, to_host};
use crate::model::{Network, tensors};
use crate::prune::{Masks, PruneError};
use burn::tensor::{Int, Tensor};
use std::sync::atomic::{AtomicBool, Ordering};

/// What an importance looks at.
#[derive(Debug)]
pub struct ScoringContext<'a, B: Kernel> {
    pub network: &'a Network<B>,
    /// The layers to score, in node order.
    pub layers: &'a [String],
    /// What is masked so far; a layer without a mask keeps all.
    pub masks: &'a Masks,
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

/// Images and labels.
pub(super) type Batch<B> = (Tensor<B, 4>, Tensor<B, 1, Int>);

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
    pub(super) fn batches(&self, count: u32) -> impl Iterator<Item = Result<Batch<B>, PruneError>> {
        let mut order = self.data.order();
        (0..u64::from(count)).map(move |step| self.load(order.indices(step)))
    }

    /// The images of those batches one by one, each a batch of its own.
    pub(super) fn images(&self, batches: u32) -> impl Iterator<Item = Result<Batch<B>, PruneError>> {
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
    fn load(&self, indices: &[u32]) -> Result<Batch<B>, PruneError> {
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

    /// For each layer, the slot of its weight.
    pub(super) fn weight_slots(&self) -> Vec<usize> {
        let slot =
            |layer: &String| self.network.graph.weight_of(layer).expect("the stage's layers are prunable");
        self.layers.iter().map(slot).collect()
    }

    /// Brings the scores of each layer, in the order of `layers` and stored as its weight is, to the host.
    pub(super) fn scores(&self, tensors: impl IntoIterator<Item = Tensor<B, 1>>) -> Scores {
        let parameters = self.weight_slots().into_iter().map(|slot| &self.network.parameters[slot]);
        let scores =
            parameters.zip(to_host(tensors)).map(|(parameter, stored)| parameter.array(stored).values);
        Scores(self.layers.iter().cloned().zip(scores).collect())
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
