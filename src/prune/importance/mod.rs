//! How much each weight matters. One file each: settings, formula, tests.

mod assessment;
mod context;
mod magnitude;
mod movement;
mod needs;
mod random;
mod taylor;
#[cfg(test)]
mod testing;

pub use assessment::{Assessment, Correction, Scores};
pub use context::{ScoringContext, ScoringData};
pub use movement::Movement;
pub use needs::Needs;
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
}

impl Importance {
    /// What its scores depend on besides the weights and the round's draws.
    pub fn needs(&self) -> Needs {
        match self {
            Self::Magnitude | Self::Random | Self::Movement => Needs::Weights,
            Self::Taylor(_) => Needs::Loss,
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
        };
        Ok(scores.into())
    }
}
