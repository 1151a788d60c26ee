//! What is removed together.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is removed together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Granularity {
    /// Single weights, anywhere (unstructured).
    #[default]
    Weight,
}
