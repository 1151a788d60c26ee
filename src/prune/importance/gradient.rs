//! The size of the gradient.

use super::context::default_batches;
use super::criterion::Criterion;
use super::{Assessment, Needs, ScoringContext};
use crate::kernel::Kernel;
use crate::prune::PruneError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How steeply the loss changes with a weight: |∂L/∂w|, averaged over `batches` (by which RigL grows weights;
/// Evci et al., 2020). Needs one backward pass a batch; to see what the factor w adds in `taylor` and `snip`.
///
/// The absolute value is taken for each batch, then the mean of the batches; L is the loss of the stage's
/// training, mean over the batch. Images and batch norm are as with `taylor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Gradient {
    /// Number of training batches the gradient is taken on.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
}

impl Criterion for Gradient {
    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let means = context.mean(context.batches(self.batches), |_, gradient| gradient.abs())?;
        Ok(context.scores(means).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Importance;
    use crate::prune::importance::reference::Reference;
    use crate::prune::importance::testing::Toy;

    // As with Taylor: the gradient is [[−½, −1], [½, 1]] with label 0 and its negative with label 1.
    #[test]
    fn is_the_mean_of_absolute_gradients() {
        let scores =
            Toy::new([2.0, -1.0, 4.0, -2.0], &[0, 1]).scores(&Importance::Gradient(Gradient { batches: 2 }));
        assert_eq!(scores, [0.5, 1.0, 0.5, 1.0]);
    }

    #[test]
    fn is_what_pytorch_gives() {
        Reference::load().assert_scores_and_masks("gradient", &Importance::Gradient(Gradient { batches: 3 }));
    }
}
