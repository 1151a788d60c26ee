//! The inverse of the Fisher information, with the weight update that belongs to it (Optimal Brain Surgeon).

use super::context::default_batches;
use super::criterion::Criterion;
use super::inverse_fisher::InverseFisher;
use super::{Assessment, Correction, Needs, Scores, ScoringContext};
use crate::kernel::{Kernel, to_host};
use crate::model::{Mode, Weights, weight_name};
use crate::prune::{Masks, PruneError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// How much the loss would rise were a weight zero and the others moved to make up for it: w² / (2 · [F⁻¹]ᵢᵢ)
/// (Optimal Brain Surgeon; Hassibi & Stork, 1993), with the empirical Fisher information F for the Hessian,
/// in blocks (WoodFisher; Singh & Alistarh, 2020; oBERT; Kurtic et al., 2022). Needs a backward pass an
/// image; to prune a trained network far in one round.
///
/// F = λ · I + (1 / N) · Σₙ gₙ · gₙᵀ for the gradients g of the N single images of `batches`, each block of
/// consecutive weights of a layer by itself. When weights Q go, the others of their block change by −F⁻¹[:,
/// Q] · (F⁻¹[Q, Q])⁻¹ · w[Q], for all Q together, where WoodFisher adds up the changes for each alone. What
/// is masked already neither counts nor changes. Where a recovery rewinds, the change is lost with the
/// weights. Takes 8 · `block-size` bytes of memory a weight. Images and batch norm are as with `taylor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OptimalBrainSurgeon {
    /// Number of training batches whose images are looked at one by one.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
    /// λ, added to the diagonal of F: 1e-4, where WoodFisher has 1e-5 and oBERT 1e-7. The smaller it is, the further
    /// the weights that stay are moved along what the images say little about.
    #[serde(default = "default_dampening")]
    #[schemars(range(min = 1e-12, max = 1e6))]
    pub dampening: f64,
    /// Weights a block (50, as oBERT).
    #[serde(default = "default_block_size")]
    #[schemars(range(min = 1, max = 10_000))]
    pub block_size: NonZeroUsize,
}

fn default_dampening() -> f64 {
    1e-4
}

fn default_block_size() -> NonZeroUsize {
    NonZeroUsize::new(50).expect("50 is not 0")
}

/// Gradients that are added together, so that a block is fetched from memory once for all of them.
const TOGETHER: usize = 16;

impl Criterion for OptimalBrainSurgeon {
    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn corrects(&self) -> bool {
        true
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let inverses = self.inverses(context)?;
        let slots = context.weight_slots();
        let weights = context.scores(slots.iter().map(|&slot| context.network.values(slot).clone())).0;
        let scores = weights.into_iter().zip(&inverses);
        let scores = scores.map(|((layer, weights), inverse)| (layer, inverse.scores(&weights))).collect();
        let (layers, before) = (context.layers.to_vec(), context.masks.clone());
        let correction: Correction = Arc::new(move |weights: &mut Weights, after: &Masks| {
            for (layer, inverse) in layers.iter().zip(&inverses) {
                let array = weights.0.get_mut(&weight_name(layer)).expect("the layers are the network's");
                inverse.correct(&mut array.values, before.0.get(layer), &after.0[layer]);
            }
        });
        Ok(Assessment { scores: Scores(scores), correction: Some(correction) })
    }

    /// For each block the inverse in double precision, and the gradients that are added together.
    fn memory(&self, weights: u64) -> u64 {
        let block = (self.block_size.get() as u64).min(weights);
        let rest = weights.checked_rem(block).unwrap_or(0);
        let inverses = (weights - rest).saturating_mul(block).saturating_add(rest * rest);
        let gradients = weights.saturating_mul(TOGETHER as u64);
        inverses.saturating_mul(8).saturating_add(gradients.saturating_mul(4))
    }
}

impl OptimalBrainSurgeon {
    /// The inverse of each layer.
    fn inverses<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Vec<InverseFisher>, PruneError> {
        let (network, slots) = (context.network, context.weight_slots());
        let size = |slot: usize| network.graph.slots()[slot].size();
        let block = self.block_size.get();
        let mut inverses: Vec<_> =
            slots.iter().map(|&slot| InverseFisher::new(size(slot), block, self.dampening)).collect();
        let count = context.count(self.batches) as f64;
        let mut images = context.images(self.batches).peekable();
        while images.peek().is_some() {
            let mut gradients = vec![Vec::new(); slots.len()];
            for image in images.by_ref().take(TOGETHER) {
                let (image, label) = image?;
                let mut gradient =
                    context.data.objective.gradient(network, image, label, Mode::Evaluate).arrays;
                let of = |&slot: &usize| gradient[slot].take().expect("a weight has a gradient");
                let stored = to_host(slots.iter().map(of));
                for ((&slot, stored), (gradients, layer)) in
                    slots.iter().zip(stored).zip(gradients.iter_mut().zip(context.layers))
                {
                    let mut gradient = network.parameters[slot].array(stored).values;
                    if let Some(mask) = context.masks.0.get(layer) {
                        let masked = gradient.iter_mut().zip(mask.iter()).filter(|(_, is_kept)| !is_kept);
                        masked.for_each(|(value, _)| *value = 0.0);
                    }
                    gradients.push(gradient);
                }
            }
            for (inverse, gradients) in inverses.iter_mut().zip(&gradients) {
                inverse.add(gradients, count);
            }
        }
        Ok(inverses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Importance;
    use crate::prune::importance::reference::Reference;
    use crate::prune::importance::testing::Toy;

    fn surgeon(batches: u32, dampening: f64, block: usize) -> Importance {
        let block_size = NonZeroUsize::new(block).unwrap();
        Importance::OptimalBrainSurgeon(OptimalBrainSurgeon { batches, dampening, block_size })
    }

    // As with Taylor, g = [[−½, −1], [½, 1]]. With λ = ¼ and blocks of a row F = [½ ½; ½ 5/4], whose inverse is
    // 1 / (3/8) · [5/4 −½; −½ ½]: its diagonal is 10/3 and 4/3. W = [[2, −1], [4, −2]] scores 4 · 3/20 = 0.6,
    // 1 · 3/8 = 0.375, 2.4 and 1.5.
    #[test]
    fn is_the_rise_of_the_loss_by_hand() {
        let scores = Toy::new([2.0, -1.0, 4.0, -2.0], &[0]).scores(&surgeon(1, 0.25, 2));
        let expected = [0.6, 0.375, 2.4, 1.5];
        let near = scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-6);
        assert!(near, "{scores:?} is not {expected:?}");
    }

    #[test]
    fn is_what_numpy_gives() {
        Reference::load().assert_scores("optimal-brain-surgeon", &surgeon(3, 1e-4, 7));
    }

    #[test]
    fn the_weights_that_stay_are_those_of_numpy() {
        Reference::load().assert_pruned("optimal-brain-surgeon", &surgeon(3, 1e-4, 7));
    }
}
