//! What an importance looks at.

use super::Scores;
use crate::data::{Augment, Batches, Splits};
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::{Kernel, to_host};
use crate::model::{Network, tensors};
use crate::prune::PruneError;
use burn::tensor::{Int, Tensor};
use std::sync::atomic::{AtomicBool, Ordering};

/// What an importance looks at.
#[derive(Debug)]
pub struct ScoringContext<'a, B: Kernel> {
    pub network: &'a Network<B>,
    /// The layers to score, in node order.
    pub layers: &'a [String],
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
type Batch<B> = (Tensor<B, 4>, Tensor<B, 1, Int>);

impl<B: Kernel> ScoringData<'_, B> {
    /// The order of the training images to score on. It is drawn for this purpose, so the first batches are
    /// not those that the training after the pruning begins with.
    fn order(&self) -> Batches<'_> {
        Batches::new(self.splits, self.draw.within("importance"), self.batch)
    }
}

impl<B: Kernel> ScoringContext<'_, B> {
    /// The first `count` training batches to score on: images, without augmentation, and labels. Once the
    /// scoring is to stop, the next is an error.
    pub(super) fn batches(&self, count: u32) -> impl Iterator<Item = Result<Batch<B>, PruneError>> {
        let ScoringData { splits, draw, device, stop, .. } = *self.data;
        let mut order = self.data.order();
        (0..u64::from(count)).map(move |step| {
            if stop.load(Ordering::Relaxed) {
                return Err(PruneError::Interrupted);
            }
            let batch = splits.training_batch(order.indices(step), &Augment::default(), draw, step);
            Ok(tensors(batch, self.network.graph.input(), device))
        })
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
