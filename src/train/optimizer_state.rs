//! What a rewound training does with the optimizer's state.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The optimizer's state (momentum, Adam's running means) where a rewound training starts.
///
/// Frankle & Carbin (2019) rewind to step 0, where there is none yet. The code of Renda et al. (2020) restores
/// it with the weights; open_lth, the code behind Frankle et al. (2020), restores the weights alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerState {
    /// As it was at that step.
    #[default]
    Restored,
    /// Empty, as before a first step.
    Fresh,
}

impl OptimizerState {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
