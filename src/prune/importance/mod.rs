//! How much each weight matters. One file each: settings, formula, tests.

mod assessment;
mod context;
mod factor;
mod fisher;
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
mod snip;
mod synflow;
mod taylor;
#[cfg(test)]
mod testing;

pub use assessment::{Assessment, Correction, Scores};
pub use context::{ScoringContext, ScoringData};
pub use fisher::Fisher;
pub use gradient::Gradient;
pub use grasp::Grasp;
pub use movement::Movement;
pub use needs::Needs;
pub use optimal_brain_damage::OptimalBrainDamage;
pub use optimal_brain_surgeon::OptimalBrainSurgeon;
pub use snip::Snip;
pub use synflow::Synflow;
pub use taylor::Taylor;

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
}

impl Importance {
    /// What its scores depend on besides the weights and the round's draws.
    pub fn needs(&self) -> Needs {
        match self {
            Self::Magnitude | Self::Random | Self::Movement | Self::Synflow(_) => Needs::Weights,
            Self::Taylor(_) | Self::Gradient(_) | Self::Snip(_) | Self::Grasp(_) => Needs::Loss,
            Self::Fisher(_) | Self::OptimalBrainDamage(_) | Self::OptimalBrainSurgeon(_) => Needs::Loss,
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
            Self::Synflow(synflow) => synflow.passes,
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
        };
        Ok(scores.into())
    }
}
