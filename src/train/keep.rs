//! Which network of a training the next stage gets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which network of a training is its result. Candidates are those evaluated after a step; the one it started
/// from is none (it may be a pruned network that has not recovered), unless there are no steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The candidate with the highest validation accuracy (the earliest of equals); without a validation
    /// split, the last.
    #[default]
    BestValidation,
    /// The one after the last step.
    Last,
}
