//! Which layers may be pruned, by globs over node names.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Globs over node names (`*` any run of characters, `?` one) that narrow what is prunable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LayerFilter {
    /// Only layers that one of these globs matches; all layers when absent.
    #[serde(default)]
    pub include: Option<Vec<String>>,
    /// Not the layers that one of these globs matches.
    #[serde(default)]
    pub exclude: Vec<String>,
}

impl LayerFilter {
    /// The layers of `names` that pass, in their order.
    pub fn select(&self, names: &[String]) -> Vec<String> {
        let _ = names;
        todo!()
    }

    /// Globs that match none of `names`.
    pub fn unmatched(&self, names: &[String]) -> Vec<String> {
        let _ = names;
        todo!()
    }
}
