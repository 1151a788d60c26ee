//! What becomes of the weights that pruning leaves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The weights that a recovery starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecoveryWeights {
    /// Those that pruning left, or that a rewinding goes back to.
    #[default]
    Kept,
    /// A control: all parameters are drawn anew as initial weights, by the law of the original training but
    /// otherwise than there, under the same masks (Frankle & Carbin, 2019, "random reinitialization"). Batch norm
    /// starts as the identity, and the optimizer without state.
    Reinitialized,
}

impl RecoveryWeights {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
