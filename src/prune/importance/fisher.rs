//! The diagonal of the empirical Fisher information.

use super::context::default_batches;
use super::criterion::Criterion;
use super::{Assessment, Needs, ScoringContext};
use crate::kernel::Kernel;
use crate::prune::PruneError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// w² · E[g²]: the squared weight times the diagonal of the empirical Fisher information (Theis et al.,
/// 2018), for the gradient g of each single image's loss, exact. Needs one backward pass an image; to use on
/// a trained network, where the gradient of a whole batch is near zero and `taylor` is noise.
///
/// E is the mean over all images of `batches`, and g² is squared image by image: the square of a batch's
/// gradient is another, smaller number, in which images cancel. L is the loss of the stage's training with
/// its true labels, hence “empirical”. The factor ½ of the expansion is left out, since it changes no rank.
/// Images and batch norm are as with `taylor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fisher {
    /// Number of training batches whose images are looked at one by one.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
}

impl Criterion for Fisher {
    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let means = context.mean(context.images(self.batches), |weight, gradient| {
            let product = weight * gradient;
            product.clone() * product
        })?;
        Ok(context.scores(means).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Importance;
    use crate::prune::importance::reference::Reference;
    use crate::prune::importance::testing::Toy;

    // As with Taylor, |w · g| is [1, 1, 2, 2] for either label. The gradient of both images together is zero.
    #[test]
    fn images_of_a_batch_do_not_cancel() {
        let fisher = Importance::Fisher(Fisher { batches: 1 });
        let scores = Toy::new([2.0, -1.0, 4.0, -2.0], &[0, 1]).batched(2).scores(&fisher);
        assert_eq!(scores, [1.0, 1.0, 4.0, 4.0]);
    }

    #[test]
    fn is_what_pytorch_gives() {
        Reference::load().assert_scores_and_masks("fisher", &Importance::Fisher(Fisher { batches: 3 }));
    }
}
