//! `[sweep]`: which keys take several values, and the points that makes.

use serde_json::Value;

/// One key of the experiment that takes several values.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Dotted key, as `stage.sparse.prune.importance`.
    pub key: String,
    pub values: Vec<Value>,
}

/// Every point of the sweep: which value each axis takes. Without a sweep, one point and no axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    pub axes: Vec<Axis>,
    /// For each point, the index of each axis's value, in the order of `axes`.
    pub points: Vec<Box<[u32]>>,
}

/// `[sweep]`
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Sweep {}

/// A random subset of the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sample {
    /// How many points.
    pub count: usize,
    #[serde(default)]
    pub seed: u64,
}
