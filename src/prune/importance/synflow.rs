//! Synaptic flow.

use super::criterion::Criterion;
use super::{Assessment, Needs, ScoringContext};
use crate::kernel::{Kernel, to_host};
use crate::model::{Mode, Network, Role, Value};
use crate::prune::PruneError;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Synaptic flow, |θ · ∂R/∂θ|: what passes through a weight of all that flows from the inputs to the outputs
/// (Tanaka et al., 2020). Looks at no data; to prune a network to a very high sparsity before it is trained,
/// without cutting a layer off.
///
/// R is the sum of the outputs for an image of ones and the absolute value of every parameter. Batch norm is
/// as in the authors' code: its running statistics, absolute values too. Scores are divided by R, which
/// changes no rank and keeps them within the range of 32-bit numbers. The weights are pruned in `passes`, of
/// which each removes the same share of what is there and is followed by new scores: in pass k of n there
/// remain N · (1 − sparsity)^(k / n).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Synflow {
    /// Number of scoring passes.
    #[serde(default = "default_passes")]
    #[schemars(range(min = 1, max = 10_000))]
    pub passes: u32,
}

fn default_passes() -> u32 {
    100
}

/// What the image is made of. Where the flow through a network is too large for 32-bit numbers, it begins
/// with a smaller one.
const INPUTS: [f64; 2] = [1.0, 1e-30];

/// The largest flow of which the inverse is a 32-bit number with all its digits.
const LARGEST: f64 = 1e37;

impl Criterion for Synflow {
    fn needs(&self) -> Needs {
        Needs::Weights
    }

    fn passes(&self) -> u32 {
        self.passes
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        context.check_stop()?;
        let flow = INPUTS.into_iter().find_map(|input| flow(context, input));
        flow.map(|flow| context.scores(flow).into()).ok_or(PruneError::Overflow)
    }
}

/// The scores of each layer for an image of `input`, and none where R is out of range. Biases, and the means
/// and biases of batch norm, are multiplied by `input` too: then every value is, and scores divided by R are
/// what they are without.
fn flow<B: Kernel>(context: &ScoringContext<'_, B>, input: f64) -> Option<Vec<Tensor<B, 1>>> {
    let mut network: Network<B> = context.network.clone();
    for parameter in &mut network.parameters {
        let values = parameter.values().clone().abs();
        parameter.set_values(match parameter.slot().role {
            Role::Weight | Role::NormWeight | Role::RunningVariance => values,
            Role::Bias | Role::NormBias | Role::RunningMean => values * input,
        });
    }
    let [channels, height, width] = network.graph.input();
    let image = Tensor::full([1, height, width, channels], input, context.data.device);
    let (forward, tape) = network.record(image, Mode::Evaluate);
    let logits = to_host([forward.logits.clone()]).remove(0);
    let sum: f64 = logits.into_iter().map(f64::from).sum();
    if sum.is_nan() || sum.abs() > LARGEST {
        return None;
    }
    // Nothing flows through a network that is cut.
    let seed = if sum.abs() < f64::from(f32::MIN_POSITIVE) { 1.0 } else { 1.0 / sum.abs() };
    let gradient = Value::Features(forward.logits.full_like(seed));
    let mut gradients = network.backward(tape, vec![(network.graph.output(), gradient)]).arrays;
    let scores = context.weight_slots().into_iter().map(|slot| match gradients[slot].take() {
        Some(gradient) => (network.values(slot).clone() * gradient).abs(),
        None => network.values(slot).zeros_like(),
    });
    Some(scores.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::FlexDevice;
    use crate::model::architecture::Mlp;
    use crate::model::{Array, Model, Slot, Weights};
    use crate::prune::Importance;
    use crate::prune::importance::reference::Reference;
    use crate::prune::importance::testing::Toy;
    use std::sync::Arc;

    fn synflow() -> Importance {
        Importance::Synflow(Synflow { passes: default_passes() })
    }

    // |W| = [[2, 1], [4, 1]] on ones gives (3, 5), so R = 8, and each weight carries its own absolute value.
    #[test]
    fn is_the_share_of_the_flow_through_a_weight() {
        let scores = Toy::new([2.0, -1.0, 4.0, -1.0], &[0]).scores(&synflow());
        assert_eq!(scores, [0.25, 0.125, 0.5, 0.125]);
    }

    // R = 2e38 + 2e38 is beyond 32-bit numbers.
    #[test]
    fn a_flow_beyond_32_bits_is_scored_all_the_same() {
        let scores = Toy::new([1e38, -1e38, 1e38, -1e38], &[0]).scores(&synflow());
        assert!(scores.iter().all(|score| (score - 0.25).abs() < 1e-6), "{scores:?}");
    }

    /// With biases and batch norm.
    #[test]
    fn scores_do_not_depend_on_what_the_image_is_made_of() {
        Reference::load().in_context(|context| {
            let scores = INPUTS.map(|input| context.scores(flow(context, input).unwrap()).0);
            for (one, other) in scores[0].values().flatten().zip(scores[1].values().flatten()) {
                assert!((one - other).abs() <= 1e-5 * one, "{one} and {other}");
            }
        });
    }

    // Three layers of 1e38: R = 1e114.
    #[test]
    fn a_flow_that_no_image_brings_into_range_is_an_error() {
        let graph = Arc::new(Model::Mlp(Mlp { hidden: vec![1, 1] }).graph([1, 1, 1], 1).unwrap());
        let array = |slot: &Slot| Array { shape: slot.shape.clone(), values: vec![1e38; slot.size()] };
        let weights = graph.slots().iter().map(|slot| (slot.name.clone(), array(slot))).collect();
        let network = Network::new(graph, &Weights(weights), &FlexDevice);
        let found = Toy::new([0.0; 4], &[0]).with(|context| {
            let layers = &network.graph.prunable();
            let context = ScoringContext { network: &network, layers, ..*context };
            synflow().assess(&context).map(|_| ())
        });
        assert_eq!(found, Err(PruneError::Overflow));
    }

    #[test]
    fn a_network_that_is_cut_has_no_flow() {
        assert_eq!(Toy::new([0.0; 4], &[0]).scores(&synflow()), [0.0; 4]);
    }

    #[test]
    fn is_what_pytorch_gives() {
        Reference::load().assert_scores("synflow", &synflow());
    }

    #[test]
    fn a_hundred_passes_leave_what_they_leave_in_pytorch() {
        Reference::load().assert_masks("synflow", &synflow());
    }
}
