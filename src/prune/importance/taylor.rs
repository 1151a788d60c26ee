//! First-order Taylor importance.

use super::context::default_batches;
use super::criterion::Criterion;
use super::{Assessment, Needs, ScoringContext};
use crate::kernel::Kernel;
use crate::prune::PruneError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much the loss would change, to first order, were a weight zero: |w · ∂L/∂w|, averaged over `batches`
/// (Molchanov et al., 2017), or its square (2019). Needs one backward pass a batch; to use where weights of
/// different layers are to be compared, which their sizes do not allow.
///
/// The absolute value or the square is taken for each batch, then the mean of the batches; L is the loss of the
/// stage's training, mean over the batch. The images are the training split's, in an order drawn for
/// this round's scores alone, without augmentation. Batch norm uses its running statistics, so that the
/// network that is evaluated is the one that is scored, and scoring does not change it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Taylor {
    /// Number of training batches the gradient is taken on.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
    /// (w · ∂L/∂w)², as Molchanov et al. of 2019; without it |w · ∂L/∂w|, as those of 2017, which weighs a
    /// batch of large gradients less. With one batch both rank single weights alike.
    #[serde(default, skip_serializing_if = "is_false")]
    pub squared: bool,
}

fn is_false(squared: &bool) -> bool {
    !squared
}

impl Criterion for Taylor {
    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let means = context.mean(context.batches(self.batches), |weight, gradient| {
            let product = weight * gradient;
            if self.squared { product.clone() * product } else { product.abs() }
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

    /// Each image is x = (1, 2) and each logit W·x = 0, so both classes have probability ½. With label 0
    /// the gradient is (p − y)·xᵀ = [[−½, −1], [½, 1]], with label 1 its negative. Times
    /// W = [[2, −1], [4, −2]], in absolute value: [[1, 1], [2, 2]] for either label.
    const WEIGHT: [f32; 4] = [2.0, -1.0, 4.0, -2.0];
    const EXPECTED: [f32; 4] = [1.0, 1.0, 2.0, 2.0];

    fn taylor(batches: u32) -> Importance {
        Importance::Taylor(Taylor { batches, squared: false })
    }

    fn squared(batches: u32) -> Importance {
        Importance::Taylor(Taylor { batches, squared: true })
    }

    fn assert_near(scores: &[f32], expected: &[f32]) {
        let near = scores.len() == expected.len()
            && scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-5);
        assert!(near, "{scores:?} is not {expected:?}");
    }

    #[test]
    fn is_weight_times_gradient() {
        let scores = Toy::new(WEIGHT, &[0]).scores(&taylor(1));
        assert_near(&scores, &EXPECTED);
    }

    // All of them would take an hour.
    #[test]
    fn scoring_stops_before_the_next_batch() {
        let taylor = taylor(1_000_000);
        let assessed = Toy::new(WEIGHT, &[0]).stopped().with(|context| taylor.assess(context).map(|_| ()));
        assert_eq!(assessed, Err(PruneError::Interrupted));
    }

    #[test]
    fn gradients_of_two_batches_do_not_cancel() {
        let scores = Toy::new(WEIGHT, &[0, 1]).scores(&taylor(2));
        assert_near(&scores, &EXPECTED);
    }

    #[test]
    fn gradients_within_a_batch_do_cancel() {
        let scores = Toy::new(WEIGHT, &[0, 1]).batched(2).scores(&taylor(1));
        assert_near(&scores, &[0.0; 4]);
    }

    #[test]
    fn squares_are_of_each_batch() {
        let scores = Toy::new(WEIGHT, &[0, 1]).scores(&squared(2));
        assert_near(&scores, &EXPECTED.map(|score| score * score));
    }

    #[test]
    fn is_what_pytorch_gives() {
        let reference = Reference::load();
        reference.assert_scores_and_masks("taylor", &taylor(3));
        reference.assert_scores_and_masks("taylor-squared", &squared(3));
    }

    // So that keys of networks pruned before there was one stay as they were.
    #[test]
    fn a_square_that_is_not_asked_for_is_not_written_down() {
        assert_eq!(serde_json::to_string(&taylor(8)).unwrap(), r#"{"taylor":{"batches":8}}"#);
        assert_eq!(serde_json::to_string(&squared(8)).unwrap(), r#"{"taylor":{"batches":8,"squared":true}}"#);
    }
}
