//! How much each weight matters. One file each: settings, formula, tests.

mod activation;
mod assessment;
mod batch_norm_scale;
mod context;
mod geometric_median;
mod magnitude;
mod needs;
mod random;
#[cfg(test)]
mod reference;
mod sensitivity;
mod taylor;
#[cfg(test)]
mod testing;
mod wanda;

pub use activation::{Activation, Statistic};
pub use assessment::{Assessment, Correction, Scores};
pub use context::{ScoringContext, ScoringData};
pub use needs::Needs;
pub use sensitivity::{Change, Sensitivity};
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
            Self::Magnitude | Self::Random | Self::BatchNormScale | Self::GeometricMedian => Needs::Weights,
            Self::Wanda(_) | Self::Activation(_) => Needs::Images,
            Self::Taylor(_) | Self::Sensitivity(_) => Needs::Loss,
        }
    }

    /// In how many passes it prunes: after each but the last, what is left is scored again.
    pub(super) fn passes(&self) -> u32 {
        match self {
            Self::Magnitude
            | Self::Random
            | Self::Taylor(_)
            | Self::Wanda(_)
            | Self::Activation(_)
            | Self::Sensitivity(_)
            | Self::BatchNormScale
            | Self::GeometricMedian => 1,
        }
    }

    /// Whether it scores units as a whole, so that all weights of a unit have one score.
    pub(super) fn scores_units(&self) -> bool {
        match self {
            Self::Random | Self::Sensitivity(_) => true,
            Self::Magnitude
            | Self::Taylor(_)
            | Self::Wanda(_)
            | Self::Activation(_)
            | Self::BatchNormScale
            | Self::GeometricMedian => false,
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
            Self::Wanda(wanda) => wanda.scores(context)?,
            Self::Activation(activation) => activation.scores(context)?,
            Self::Sensitivity(sensitivity) => sensitivity.scores(context)?,
            Self::BatchNormScale => batch_norm_scale::scores(context),
            Self::GeometricMedian => geometric_median::scores(context),
        };
        Ok(scores.into())
    }
}
