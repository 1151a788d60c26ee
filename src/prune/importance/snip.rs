//! Sensitivity of the loss to connections (SNIP).

use super::context::default_batches;
use super::criterion::Criterion;
use super::{Assessment, Needs, ScoringContext};
use crate::kernel::Kernel;
use crate::prune::PruneError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// |w · ∂L/∂w| of the loss over all images of `batches`, as a share of its sum over the stage's layers (SNIP;
/// Lee et al., 2019). Needs one backward pass a batch; to prune a network before it is trained, in one round.
///
/// `taylor` takes the absolute value for each batch and then the mean; here the gradient is averaged first,
/// so that opposite gradients of two batches cancel. With one batch both rank alike: the sum that all scores
/// are divided by changes no rank, and is there so that a `threshold` means what the paper's scores do.
/// Images and batch norm are as with `taylor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Snip {
    /// Number of training batches the gradient is taken on.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
}

impl Criterion for Snip {
    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let mut gradient = context.mean_gradient(self.batches, 1.0)?;
        let products = context.weight_slots().into_iter().map(|slot| {
            let gradient = gradient[slot].take().expect("a weight has a gradient");
            (context.network.values(slot).clone() * gradient).abs()
        });
        let mut scores = context.scores(products);
        let sum: f64 = scores.0.values().flatten().copied().map(f64::from).sum();
        // Where no weight matters, none is a share of anything.
        if sum > 0.0 {
            let share = |score: &mut f32| *score = (f64::from(*score) / sum) as f32;
            scores.0.values_mut().flatten().for_each(share);
        }
        Ok(scores.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Importance;
    use crate::prune::importance::reference::Reference;
    use crate::prune::importance::testing::Toy;

    fn scores(labels: &[u16]) -> Vec<f32> {
        let snip = Importance::Snip(Snip { batches: labels.len() as u32 });
        Toy::new([2.0, -1.0, 4.0, -2.0], labels).scores(&snip)
    }

    // As with Taylor, |w · g| is [1, 1, 2, 2], whose sum is 6.
    #[test]
    fn scores_are_shares_of_one() {
        assert_eq!(scores(&[0]), [1.0 / 6.0, 1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0]);
    }

    #[test]
    fn gradients_of_two_batches_cancel() {
        assert_eq!(scores(&[0, 1]), [0.0; 4]);
    }

    #[test]
    fn is_what_pytorch_gives() {
        Reference::load().assert_scores_and_masks("snip", &Importance::Snip(Snip { batches: 3 }));
    }
}
