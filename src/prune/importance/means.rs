//! Means over training images of what the loss's gradient gives.

use super::ScoringContext;
use super::context::LabelledImages;
use crate::kernel::Kernel;
use crate::model::Mode;
use crate::prune::PruneError;
use burn::tensor::Tensor;

impl<B: Kernel> ScoringContext<'_, B> {
    /// For each layer, the mean over `samples` of what `of` makes of its weight and the gradient for it.
    /// Batch norm uses its running statistics.
    pub(super) fn mean(
        &self,
        samples: impl Iterator<Item = Result<LabelledImages<B>, PruneError>>,
        of: impl Fn(Tensor<B, 1>, Tensor<B, 1>) -> Tensor<B, 1>,
    ) -> Result<Vec<Tensor<B, 1>>, PruneError> {
        let (network, slots) = (self.network, self.weight_slots());
        let zeros = |&slot: &usize| network.values(slot).zeros_like();
        let mut sums: Vec<Tensor<B, 1>> = slots.iter().map(zeros).collect();
        let mut count = 0u32;
        for sample in samples {
            let (images, labels) = sample?;
            let objective = self.data.objective;
            let mut gradient = objective.gradient(network, images, labels, Mode::Evaluate).arrays;
            for (sum, &slot) in sums.iter_mut().zip(&slots) {
                let gradient = gradient[slot].take().expect("a weight has a gradient");
                *sum = sum.clone() + of(network.values(slot).clone(), gradient);
            }
            count += 1;
        }
        Ok(sums.into_iter().map(|sum| sum.div_scalar(count)).collect())
    }

    /// The mean over all images of the first `batches` batches of `of`, which gives an array a slot for a
    /// batch, as means over its images; `None` where it gives none.
    pub(super) fn mean_by_slot(
        &self,
        batches: u32,
        of: impl Fn(LabelledImages<B>) -> Vec<Option<Tensor<B, 1>>>,
    ) -> Result<Vec<Option<Tensor<B, 1>>>, PruneError> {
        let mut sums = vec![None; self.network.parameters.len()];
        let mut images = 0;
        for batch in self.batches(batches) {
            let batch = batch?;
            let [count, ..] = batch.0.dims();
            for (sum, mean) in sums.iter_mut().zip(of(batch)) {
                let weighted = mean.map(|mean| mean * count as f64);
                *sum = sum.take().into_iter().chain(weighted).reduce(Tensor::add);
            }
            images += count;
        }
        Ok(sums.into_iter().map(|sum| sum.map(|sum: Tensor<B, 1>| sum.div_scalar(images as f64))).collect())
    }

    /// The gradient of the loss over all images of the first `batches` batches, by slot; the network's logits
    /// are divided by `temperature`.
    pub(super) fn mean_gradient(
        &self,
        batches: u32,
        temperature: f64,
    ) -> Result<Vec<Option<Tensor<B, 1>>>, PruneError> {
        let objective = self.data.objective;
        self.mean_by_slot(batches, |(images, labels)| {
            let mode = Mode::Evaluate;
            objective.softened_gradient(self.network, images, labels, mode, temperature).arrays
        })
    }
}
