//! Weight decay that grows.

use super::inner_weights::inner_weights;
use crate::kernel::{Kernel, to_host};
use crate::model::{Network, Parameter};
use crate::train::{Duration, Stretch};
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An L2 penalty that grows until the weights that are not needed have become small (GReg; Wang et al., 2021):
/// in step t, counted from 0, λ(t) = min(`limit`, `step` · ⌊t / `every`⌋), and λ(t) · w is added to the gradient
/// of the weights w of all layers but that of the logits.
///
/// With `share`, GReg-1: of each layer, that share of the filters, those of smallest L1 norm when the training
/// starts, is penalized, and is then what a pruning by `magnitude` removes. Without it, GReg-2: all weights are, and
/// those move least that matter most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GrowingL2 {
    /// What is added to λ every time (the paper's δλ).
    #[serde(default = "default_step")]
    #[schemars(range(min = 0.0))]
    pub step: f64,
    /// How long λ stays before it grows (the paper's K).
    #[serde(default = "default_every")]
    pub every: Duration,
    /// The largest λ (the paper's τ).
    #[serde(default = "default_limit")]
    #[schemars(range(min = 0.0))]
    pub limit: f64,
    /// Share of the filters of each layer that is penalized; all where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: Option<f64>,
}

/// For each slot, 1 where a weight is penalized and 0 elsewhere; `None` where none has to be told from another.
pub(in crate::train) type Chosen = Vec<Option<Vec<f32>>>;

fn default_step() -> f64 {
    1e-4
}

fn default_every() -> Duration {
    Duration::steps(10)
}

fn default_limit() -> f64 {
    1.0
}

impl GrowingL2 {
    /// The same with its duration in steps, of which an epoch has `per_epoch`.
    pub(super) fn in_steps(self, per_epoch: u64) -> Self {
        Self { every: Duration::steps(self.every.in_steps(per_epoch)), ..self }
    }

    /// The same over a longer training; its duration is in steps.
    pub(super) fn stretched(self, stretch: Stretch) -> Self {
        Self { every: Duration::steps(stretch.steps(self.every.steps)), ..self }
    }

    /// λ in step `step`, for a duration in steps.
    fn strength(&self, step: u64) -> f64 {
        (self.step * (step / self.every.steps.max(1)) as f64).min(self.limit)
    }

    /// What it penalizes in a training that starts with `network`.
    pub(super) fn choose<B: Kernel>(&self, network: &Network<B>) -> Chosen {
        let mut chosen = vec![None; network.parameters.len()];
        if let Some(share) = self.share {
            for slot in inner_weights(network) {
                chosen[slot] = Some(smallest(share, &network.parameters[slot]));
            }
        }
        chosen
    }

    pub(super) fn add<B: Kernel>(
        &self,
        chosen: &Chosen,
        step: u64,
        network: &Network<B>,
        arrays: &mut [Option<Tensor<B, 1>>],
    ) {
        let strength = self.strength(step);
        for slot in inner_weights(network) {
            let parameter = &network.parameters[slot];
            let weights = match &chosen[slot] {
                None => parameter.values().clone(),
                Some(chosen) => parameter.values().clone() * parameter.stored(chosen),
            };
            arrays[slot] = arrays[slot].take().map(|gradient| gradient + weights * strength);
        }
    }
}

/// 1 for each weight of the ⌊share · n⌉ of a layer's n filters that are smallest in L1 norm, and 0 for the others;
/// equal ones go by position.
fn smallest<B: Kernel>(share: f64, parameter: &Parameter<B>) -> Vec<f32> {
    let array = parameter.array(to_host([parameter.values().clone()]).remove(0));
    let size = parameter.slot().fan_in();
    let norm = |filter: &[f32]| filter.iter().map(|weight| f64::from(weight.abs())).sum::<f64>();
    let norms: Vec<f64> = array.values.chunks_exact(size).map(norm).collect();
    let mut order: Vec<usize> = (0..norms.len()).collect();
    order.sort_by(|&one, &other| norms[one].total_cmp(&norms[other]));
    let mut chosen = vec![0.0; array.values.len()];
    for &filter in &order[..(share * norms.len() as f64).round() as usize] {
        chosen[filter * size..][..size].fill(1.0);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::super::testing::penalized;
    use super::*;
    use crate::train::Penalty;

    fn growing(share: Option<f64>) -> Penalty {
        let growing = GrowingL2 { step: 0.25, every: Duration::steps(10), limit: 0.6, share };
        Penalty { growing_l2: Some(growing), ..Penalty::default() }
    }

    // Three filters of two weights, with L1 norms 3, 1 and 2.
    const WEIGHTS: [(&str, &[f32]); 2] =
        [("conv1.weight", &[2.0, -1.0, 0.0, 1.0, -2.0, 0.0]), ("fc.weight", &[1.0; 6])];

    #[test]
    fn grows_by_a_step_each_time_up_to_its_limit() {
        let strength = |step| growing(None).growing_l2.unwrap().strength(step);
        assert_eq!([0, 9, 10, 29, 30, 1000].map(strength), [0.0, 0.0, 0.25, 0.5, 0.6, 0.6]);
    }

    #[test]
    fn every_weight_but_those_of_the_logits_decays() {
        let gradients = penalized(&growing(None), 25, &WEIGHTS);
        assert_eq!(gradients["conv1.weight"], [1.0, -0.5, 0.0, 0.5, -1.0, 0.0]);
        assert_eq!(gradients["fc.weight"], [0.0; 6]);
    }

    // 0.6 · 3 = 1.8 filters are two.
    #[test]
    fn a_share_is_of_the_smallest_filters() {
        let gradients = penalized(&growing(Some(0.6)), 25, &WEIGHTS);
        assert_eq!(gradients["conv1.weight"], [0.0, 0.0, 0.0, 0.5, -1.0, 0.0]);
    }
}
