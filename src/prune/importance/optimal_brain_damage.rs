//! The diagonal of the Hessian (Optimal Brain Damage).

use super::criterion::Criterion;
use super::factor::outer_products;
use super::{Assessment, Needs, ScoringContext};
use crate::kernel::{Kernel, to_host};
use crate::model::{Mode, Value};
use crate::prune::PruneError;
use burn::tensor::{Tensor, TensorData};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much the loss would rise, to second order, were a weight of a trained network zero: ½ · hᵢᵢ · w², for
/// the diagonal h of the Hessian of the loss over all images of `batches` (Optimal Brain Damage; LeCun et
/// al., 1990). Needs a backward pass an image and class; to use on a network that is trained to its end,
/// where the first order is zero.
///
/// h is exact, where the paper's own back-propagation leaves out what couples the units of a layer. The
/// outputs z of a network of convolutions, linear layers, ReLU, pooling and additions, and of batch norm with
/// running statistics, are piecewise linear in each single weight. So the diagonal of the Hessian is that of
/// the Gauss–Newton matrix, hᵢᵢ = E[(∂z/∂wᵢ)ᵀ · Hz · ∂z/∂wᵢ] with the Hessian Hz of the loss for the logits
/// of one image; with Hz = Σᵣ dᵣ · lᵣ · lᵣᵀ it is E[Σᵣ dᵣ · (lᵣᵀ · ∂z/∂wᵢ)²], a backward pass each. For
/// cross-entropy it is the diagonal of the true Fisher information, where `fisher` has the empirical one.
/// Images and batch norm are as with `taylor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OptimalBrainDamage {
    /// Number of training batches whose images are looked at one by one.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
}

fn default_batches() -> u32 {
    1
}

impl Criterion for OptimalBrainDamage {
    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let (network, slots) = (context.network, context.weight_slots());
        let output = network.graph.output();
        let mut diagonals: Vec<Tensor<B, 1>> =
            slots.iter().map(|&slot| network.values(slot).zeros_like()).collect();
        let mut count = 0u32;
        for image in context.images(self.batches) {
            let (image, label) = image?;
            let (forward, tape) = network.record(image.clone(), Mode::Evaluate);
            let classes = network.graph.classes();
            let hessian = context.data.objective.logit_hessian(forward.logits, &image, label);
            let hessian = to_host([hessian]).remove(0).into_iter().map(f64::from).collect();
            for (factor, vector) in outer_products(hessian, classes) {
                context.check_stop()?;
                let vector: Vec<f32> = vector.into_iter().map(|value| value as f32).collect();
                let vector = Tensor::from_data(TensorData::new(vector, [1, classes]), context.data.device);
                let mut products =
                    network.backward(tape.clone(), vec![(output, Value::Features(vector))]).arrays;
                for (diagonal, &slot) in diagonals.iter_mut().zip(&slots) {
                    if let Some(product) = products[slot].take() {
                        *diagonal = diagonal.clone() + product.clone() * product * factor;
                    }
                }
            }
            count += 1;
        }
        let scores = diagonals.into_iter().zip(slots).map(|(diagonal, slot)| {
            let weight = network.values(slot).clone();
            weight.clone() * weight * diagonal.div_scalar(2.0 * f64::from(count))
        });
        Ok(context.scores(scores).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Importance;
    use crate::prune::importance::reference::Reference;
    use crate::prune::importance::testing::Toy;

    // p = (½, ½), so Hz = ¼·[[1, −1], [−1, 1]] and h = ¼ · x² = (¼, 1) for the weights of either output, x
    // being (1, 2), whatever the label. Times ½ · w² = [[2, ½], [8, 2]].
    #[test]
    fn is_half_the_curvature_times_the_squared_weight() {
        let damage = Importance::OptimalBrainDamage(OptimalBrainDamage { batches: 1 });
        let scores = Toy::new([2.0, -1.0, 4.0, -2.0], &[0, 1]).batched(2).scores(&damage);
        let expected = [0.5, 0.5, 2.0, 2.0];
        let near = scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-6);
        assert!(near, "{scores:?} is not {expected:?}");
    }

    #[test]
    fn is_what_pytorch_gives() {
        let damage = Importance::OptimalBrainDamage(OptimalBrainDamage { batches: 3 });
        Reference::load().assert_scores_and_masks("optimal-brain-damage", &damage);
    }
}
