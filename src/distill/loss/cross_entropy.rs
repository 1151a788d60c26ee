//! Cross-entropy with the true labels.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
/// The term's weight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrossEntropy(#[schemars(range(min = 0.0))] pub f64);
