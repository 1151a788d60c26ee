//! Preservation of the gradient flow (GraSP).

use super::context::default_batches;
use super::criterion::Criterion;
use super::{Assessment, Needs, ScoringContext};
use crate::kernel::Kernel;
use crate::model::{Mode, Parameter, Role};
use crate::prune::PruneError;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much the gradient flow ‖g‖² falls when a weight goes: w · (H g), for the gradient g and the Hessian H
/// of the loss over all images of `batches` (GraSP; Wang et al., 2020). Needs a backward pass and a Hessian
/// product a batch; to prune a network before it is trained, in one round.
///
/// The paper's score is −w · (H g), and the weights with the *largest* go first, since their removal makes
/// the gradient grow. Here the least important go first as with every importance, so the sign is the
/// opposite; a score may be negative. g is of the weights of all linear and convolution layers that are not
/// masked. As in the authors' code the network's logits are divided by `temperature` in both g and H, 200 as
/// there: sharp outputs of an untrained network would otherwise decide the ranks. `temperature = 1.0` is the
/// formula for the loss itself. Images are as with `taylor`; batch norm uses its running statistics, where
/// the authors' uses the batch's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grasp {
    /// Number of training batches that gradient and Hessian are taken on.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
    /// The network's logits are divided by it.
    #[serde(default = "default_temperature")]
    #[schemars(range(min = 0.01, max = 1000.0))]
    pub temperature: f64,
}

fn default_temperature() -> f64 {
    200.0
}

impl Criterion for Grasp {
    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let network = context.network;
        let gradient = context.mean_gradient(self.batches, self.temperature)?;
        let flow = network.parameters.iter().zip(gradient).map(|(parameter, gradient)| {
            (parameter.slot().role == Role::Weight).then(|| unmasked(context, parameter, gradient))
        });
        let flow: Vec<_> = flow.map(Option::flatten).collect();
        let objective = context.data.objective;
        let mut products = context.mean_by_slot(self.batches, |(images, labels)| {
            objective.hessian_product(network, images, labels, Mode::Evaluate, &flow, self.temperature)
        })?;
        let scores = context.weight_slots().into_iter().map(|slot| {
            let product = products[slot].take().expect("a weight has a Hessian product");
            network.values(slot).clone() * product
        });
        Ok(context.scores(scores).into())
    }
}

/// The gradient of a layer's weight with zeros where it is masked.
fn unmasked<B: Kernel>(
    context: &ScoringContext<'_, B>,
    parameter: &Parameter<B>,
    gradient: Option<Tensor<B, 1>>,
) -> Option<Tensor<B, 1>> {
    let Some(mask) = context.masks.of_slot(&context.network.graph, parameter.slot()) else { return gradient };
    let mask: Vec<f32> = mask.iter().map(|is_kept| f32::from(u8::from(is_kept))).collect();
    // As a parameter, so that it is in the order in which the backend keeps the weight.
    let mask = Parameter::<B>::new(parameter.slot().clone(), &mask, context.data.device);
    gradient.map(|gradient| gradient * mask.values().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Importance;
    use crate::prune::importance::reference::Reference;
    use crate::prune::importance::testing::Toy;

    // As with Taylor, p = (½, ½) and g = (p − y)·xᵀ with p − y = (−½, ½) and x = (1, 2). With
    // M = diag(p) − p·pᵀ = ¼·[[1, −1], [−1, 1]], H g = M·(p − y)·xᵀ·(xᵀx) = 5 · ¼ · (−1, 1)·(1, 2) =
    // [[−1.25, −2.5], [1.25, 2.5]]. Times W = [[2, −1], [4, −2]].
    #[test]
    fn is_weight_times_hessian_times_gradient() {
        let grasp = Importance::Grasp(Grasp { batches: 1, temperature: 1.0 });
        let scores = Toy::new([2.0, -1.0, 4.0, -2.0], &[0]).scores(&grasp);
        assert_eq!(scores, [-2.5, 2.5, 5.0, -5.0]);
    }

    // g has a factor 1 / T and H one of 1 / T², where the logits are zero.
    #[test]
    fn the_logits_are_divided_by_the_temperature() {
        let grasp = Importance::Grasp(Grasp { batches: 1, temperature: 2.0 });
        let scores = Toy::new([2.0, -1.0, 4.0, -2.0], &[0]).scores(&grasp);
        assert_eq!(scores, [-2.5, 2.5, 5.0, -5.0].map(|score| score / 8.0));
    }

    #[test]
    fn is_what_pytorch_gives() {
        let reference = Reference::load();
        let at = |temperature| Importance::Grasp(Grasp { batches: 3, temperature });
        reference.assert_scores_and_masks("grasp", &at(default_temperature()));
        reference.assert_scores("grasp-temperature-1", &at(1.0));
    }

    #[test]
    fn masked_weights_have_no_gradient_flow() {
        let grasp = Importance::Grasp(Grasp { batches: 3, temperature: 1.0 });
        Reference::load().pruned().assert_scores("grasp-masked", &grasp);
    }
}
