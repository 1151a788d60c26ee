//! Soft labels: the teacher's softened outputs.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
/// KL(teacher ‖ student) at temperature T, times T², mean over the batch (Hinton et al., 2015).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SoftLabels {
    #[schemars(range(min = 0.0))]
    pub weight: f64,
    /// Both networks' logits are divided by it.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub temperature: f64,
}
