//! How much each weight matters. One file each: settings, formula, tests.

mod activation;
mod assessment;
mod batch_norm_scale;
#[cfg(test)]
mod channel_reference;
mod context;
mod factor;
mod fisher;
mod geometric_median;
mod gradient;
mod grasp;
mod inverse_fisher;
mod magnitude;
mod means;
mod movement;
mod needs;
mod optimal_brain_damage;
mod optimal_brain_surgeon;
mod random;
#[cfg(test)]
mod reference;
mod sensitivity;
mod snip;
mod synflow;
mod taylor;
#[cfg(test)]
mod testing;
mod wanda;

pub use activation::{Activation, Statistic};
pub use assessment::{Assessment, Correction, Scores};
pub use context::{ScoringContext, ScoringData};
pub use fisher::Fisher;
pub use gradient::Gradient;
pub use grasp::Grasp;
pub use movement::Movement;
pub use needs::Needs;
pub use optimal_brain_damage::OptimalBrainDamage;
pub use optimal_brain_surgeon::OptimalBrainSurgeon;
pub use sensitivity::{Change, Sensitivity};
pub use snip::Snip;
pub use synflow::Synflow;
pub use taylor::Taylor;
pub use wanda::Wanda;

use super::PruneError;
use crate::kernel::Kernel;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much each weight matters; the least important go first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Importance {
    /// |w|: large weights matter (Han et al., 2015).
    Magnitude,
    /// A uniform random number: the baseline that every criterion must beat.
    Random,
    /// First-order Taylor importance, |w · ∂L/∂w| averaged over batches (Molchanov et al., 2017).
    Taylor(Taylor),
    /// Movement away from zero over the steps of the recovery, −Σ w · ∂L/∂w (Sanh et al., 2020): weights that training
    /// makes larger matter. Needs `schedule.cubic`, which prunes while it adds up. As masked weights are zero here,
    /// they do not move and do not come back; in the paper their scores go on changing.
    Movement,
    /// |∂L/∂w|: weights matter along which the loss is steep.
    Gradient(Gradient),
    /// |w · ∂L/∂w| of all batches together, for networks that are not trained yet (Lee et al., 2019).
    Snip(Snip),
    /// w · (H g): what keeps the gradient flowing, for networks that are not trained yet (Wang et al., 2020).
    Grasp(Grasp),
    /// Synaptic flow, without data, in many passes, for networks that are not trained yet (Tanaka et al., 2020).
    Synflow(Synflow),
    /// w² · E[g²], the diagonal of the empirical Fisher information (Theis et al., 2018).
    Fisher(Fisher),
    /// ½ · hᵢᵢ · w², the diagonal of the Hessian (LeCun et al., 1990).
    OptimalBrainDamage(OptimalBrainDamage),
    /// w² / (2 · [F⁻¹]ᵢᵢ) with the weights that stay moved to make up for those that go (Hassibi & Stork, 1993).
    OptimalBrainSurgeon(OptimalBrainSurgeon),
    /// |w| times the norm of the inputs that it meets, |wᵢⱼ| · ‖xⱼ‖₂ over batches (Sun et al., 2024).
    Wanda(Wanda),
    /// The mean |activation| of each output channel, or its share that is not zero (APoZ; Hu et al., 2016).
    Activation(Activation),
    /// The measured rise of the loss without each unit (the oracle of Molchanov et al., 2017).
    Sensitivity(Sensitivity),
    /// |γ| of the batch norm behind each output channel (Liu et al., 2017); with `penalty.batch-norm-scale` in the
    /// training before it.
    BatchNormScale,
    /// The sum of a filter's distances to all others of its layer (FPGM; He et al., 2019).
    GeometricMedian,
}

impl Importance {
    /// What its scores depend on besides the weights and the round's draws.
    pub fn needs(&self) -> Needs {
        match self {
            Self::Magnitude | Self::Random | Self::Movement | Self::Synflow(_) => Needs::Weights,
            Self::BatchNormScale | Self::GeometricMedian => Needs::Weights,
            Self::Wanda(_) | Self::Activation(_) => Needs::Images,
            Self::Taylor(_) | Self::Gradient(_) | Self::Snip(_) | Self::Grasp(_) => Needs::Loss,
            Self::Fisher(_) | Self::OptimalBrainDamage(_) | Self::OptimalBrainSurgeon(_) => Needs::Loss,
            Self::Sensitivity(_) => Needs::Loss,
        }
    }

    /// Whether it adds up over the steps of a training, and can be had there only.
    pub fn is_of_training(&self) -> bool {
        matches!(self, Self::Movement)
    }

    /// In how many passes it prunes: after each but the last, what is left is scored again.
    pub(super) fn passes(&self) -> u32 {
        match self {
            Self::Magnitude | Self::Random | Self::Taylor(_) | Self::Movement => 1,
            Self::Gradient(_) | Self::Snip(_) | Self::Grasp(_) => 1,
            Self::Fisher(_) | Self::OptimalBrainDamage(_) | Self::OptimalBrainSurgeon(_) => 1,
            Self::Wanda(_) | Self::Activation(_) | Self::Sensitivity(_) => 1,
            Self::BatchNormScale | Self::GeometricMedian => 1,
            Self::Synflow(synflow) => synflow.passes,
        }
    }

    /// Whether it scores units as a whole, so that all weights of a unit have one score.
    pub(super) fn scores_units(&self) -> bool {
        match self {
            Self::Random | Self::Sensitivity(_) => true,
            Self::Magnitude | Self::Taylor(_) | Self::Movement | Self::Wanda(_) => false,
            Self::Activation(_) | Self::BatchNormScale | Self::GeometricMedian => false,
            Self::Gradient(_) | Self::Snip(_) | Self::Grasp(_) | Self::Synflow(_) => false,
            Self::Fisher(_) | Self::OptimalBrainDamage(_) | Self::OptimalBrainSurgeon(_) => false,
        }
    }

    /// Whether it scores output channels as a whole: a channel's score is that of the weights that give it, and those
    /// that take it have the scores of other channels.
    pub(super) fn scores_outputs(&self) -> bool {
        match self {
            Self::Activation(_) | Self::BatchNormScale | Self::GeometricMedian => true,
            Self::Random | Self::Sensitivity(_) => true,
            Self::Magnitude | Self::Taylor(_) | Self::Movement | Self::Wanda(_) => false,
            Self::Gradient(_) | Self::Snip(_) | Self::Grasp(_) | Self::Synflow(_) => false,
            Self::Fisher(_) | Self::OptimalBrainDamage(_) | Self::OptimalBrainSurgeon(_) => false,
        }
    }

    /// Scores every weight of the context's layers, masked ones included (these are not ranked).
    pub(super) fn assess<B: Kernel>(
        &self,
        context: &ScoringContext<'_, B>,
    ) -> Result<Assessment, PruneError> {
        let scores = match self {
            Self::Magnitude => magnitude::scores(context),
            Self::Random => random::scores(context),
            Self::Taylor(taylor) => taylor.scores(context)?,
            Self::Movement => movement::scores(context),
            Self::Gradient(gradient) => gradient.scores(context)?,
            Self::Snip(snip) => snip.scores(context)?,
            Self::Grasp(grasp) => grasp.scores(context)?,
            Self::Synflow(synflow) => synflow.scores(context)?,
            Self::Fisher(fisher) => fisher.scores(context)?,
            Self::OptimalBrainDamage(damage) => damage.scores(context)?,
            Self::OptimalBrainSurgeon(surgeon) => return surgeon.assess(context),
            Self::Wanda(wanda) => wanda.scores(context)?,
            Self::Activation(activation) => activation.scores(context)?,
            Self::Sensitivity(sensitivity) => sensitivity.scores(context)?,
            Self::BatchNormScale => batch_norm_scale::scores(context),
            Self::GeometricMedian => geometric_median::scores(context),
        };
        Ok(scores.into())
    }
}
