//! What importance is measured on, and what it gives.

use crate::data::{Batches, Splits};
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::Network;
use burn::tensor::Tensor;
use indexmap::IndexMap;

/// A score for each weight, by layer; layers are the prunable ones of this stage, in node order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores(pub IndexMap<String, Vec<f32>>);

/// What importance is measured on.
#[derive(Debug)]
pub struct Subject<'a, B: Kernel> {
    pub network: &'a Network<B>,
    /// The prunable layers of this stage, in node order.
    pub layers: &'a [String],
    pub objective: Objective<'a, B>,
    pub splits: &'a Splits,
    /// Images a batch.
    pub batch: usize,
    /// Names this round's draws.
    pub draw: &'a Draw,
    pub device: &'a B::Device,
}

impl<B: Kernel> Subject<'_, B> {
    /// Training batches to score on. Their order is drawn for this purpose, so they are not those that the
    /// training after the pruning begins with.
    pub(super) fn batches(&self) -> Batches<'_> {
        Batches::new(self.splits, self.draw.within("importance"), self.batch)
    }

    /// For each layer, the slot of its weight.
    pub(super) fn weight_slots(&self) -> Vec<usize> {
        let slot =
            |layer: &String| self.network.graph.weight_of(layer).expect("the stage's layers are prunable");
        self.layers.iter().map(slot).collect()
    }

    /// Brings the scores of each layer, in the order of `layers`, to the host.
    pub(super) fn scores(&self, tensors: impl IntoIterator<Item = Tensor<B, 1>>) -> Scores {
        Scores(self.layers.iter().cloned().zip(tensors.into_iter().map(to_host)).collect())
    }
}

fn to_host<B: Kernel>(tensor: Tensor<B, 1>) -> Vec<f32> {
    tensor.into_data().into_vec().expect("every backend computes in f32")
}

#[cfg(test)]
mod tests {
    use crate::data::Batches;
    use crate::prune::importance::testing::Toy;

    #[test]
    fn scores_are_not_taken_on_the_first_batches_of_the_training_that_follows() {
        let [scoring, training] = Toy::new([0.0; 4], &[0; 20]).with(|subject| {
            let training = Batches::new(subject.splits, subject.draw.clone(), subject.batch);
            [subject.batches(), training]
                .map(|mut batches| (0..20).map(|step| batches.indices(step)[0]).collect::<Vec<_>>())
        });
        assert_ne!(scoring, training);
    }
}
