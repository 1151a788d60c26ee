//! What a training adds to its loss for the size of the weights alone: one file each.

mod batch_norm_scale;
mod group_lasso;
mod growing_l2;
mod inner_weights;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod testing;

pub(super) use growing_l2::Chosen;
pub use growing_l2::GrowingL2;

use crate::kernel::Kernel;
use crate::model::Network;
use crate::train::Stretch;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Penalties on the size of weights, added to the loss of a training so that what is not needed is small when it
/// is removed. Those that are not named are absent. The losses in `history` are without them. A recovery takes
/// them over as it does other settings: `recover.penalty = {}` trains without.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Penalty {
    /// λ of λ · Σ |γ| over the scales γ of all batch norms (network slimming; Liu et al., 2017): λ · sign(γ) is
    /// added to the gradient of each. For the importance `batch-norm-scale`; the paper has 1e-4 and 1e-5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub batch_norm_scale: Option<f64>,
    /// λ of λ · Σ ‖w‖₂ over the filters w (the weights of one output) of all layers but that of the logits (group
    /// lasso; Wen et al., 2016): λ · w / ‖w‖₂ is added to the gradient of each, so that whole filters become small.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub group_lasso: Option<f64>,
    /// λ(t) / 2 · Σ w² with a λ that grows during the training (GReg; Wang et al., 2021).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growing_l2: Option<GrowingL2>,
}

impl Penalty {
    /// The same without what is 0 and changes nothing.
    #[must_use]
    pub fn active(self) -> Self {
        let positive = |strength: &f64| *strength > 0.0;
        Self {
            batch_norm_scale: self.batch_norm_scale.filter(positive),
            group_lasso: self.group_lasso.filter(positive),
            growing_l2: self.growing_l2.filter(|growing| growing.step > 0.0 && growing.limit > 0.0),
        }
    }

    /// The same with its durations in steps, of which an epoch has `per_epoch`.
    #[must_use]
    pub fn in_steps(self, per_epoch: u64) -> Self {
        Self { growing_l2: self.growing_l2.map(|growing| growing.in_steps(per_epoch)), ..self }
    }

    /// The same over a longer training; durations are in steps.
    #[must_use]
    pub(super) fn stretched(self, stretch: Stretch) -> Self {
        Self { growing_l2: self.growing_l2.map(|growing| growing.stretched(stretch)), ..self }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is chosen at the start of a training of `network`.
    pub(super) fn choose<B: Kernel>(&self, network: &Network<B>) -> Chosen {
        self.growing_l2.as_ref().map(|growing| growing.choose(network)).unwrap_or_default()
    }

    /// Adds the gradient that it has for the weights of `network` in step `step` (from 0) to `arrays`, one a slot.
    pub(super) fn add<B: Kernel>(
        &self,
        chosen: &Chosen,
        step: u64,
        network: &Network<B>,
        arrays: &mut [Option<Tensor<B, 1>>],
    ) {
        if let Some(strength) = self.batch_norm_scale {
            batch_norm_scale::add(strength, network, arrays);
        }
        if let Some(strength) = self.group_lasso {
            group_lasso::add(strength, network, arrays);
        }
        if let Some(growing) = &self.growing_l2 {
            growing.add(chosen, step, network, arrays);
        }
    }
}
