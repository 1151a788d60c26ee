//! How much each weight matters. One file each: settings, formula, tests.

mod magnitude;
mod random;
mod subject;
mod taylor;
#[cfg(test)]
mod testing;

pub use subject::{Scores, Subject};
pub use taylor::Taylor;

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
}

impl Importance {
    /// Whether it looks at the gradient of the loss, and so at batches and teachers.
    pub fn uses_gradient(&self) -> bool {
        match self {
            Self::Magnitude | Self::Random => false,
            Self::Taylor(_) => true,
        }
    }

    /// Scores every weight of the subject's layers, masked ones included (the selection skips them).
    pub fn scores<B: Kernel>(&self, subject: &Subject<'_, B>) -> Scores {
        match self {
            Self::Magnitude => magnitude::scores(subject),
            Self::Random => random::scores(subject),
            Self::Taylor(taylor) => taylor.scores(subject),
        }
    }
}
