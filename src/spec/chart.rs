//! `[[chart]]`: which columns of the tables are drawn, and how.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A chart of the measurements of one stage, or of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Chart {
    /// The stage whose measurements are drawn.
    pub stage: String,
    /// Other stages whose measurements are drawn beside those, to compare: each has its own lines, one for each
    /// combination of its axes but `x` and the seed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub beside: Vec<String>,
    /// Heading; made from the other keys when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A column of `measurements`, or an axis of the sweep by its dotted key (`sparsity`). Along an axis, or
    /// along the stage's own target of pruning where that is an axis, each line shows networks after their last
    /// round; otherwise each round is a point.
    #[serde(default = "default_x")]
    #[schemars(extend("examples" = Self::MEASURED))]
    pub x: String,
    /// A numeric column of `measurements` (`accuracy`).
    #[serde(default = "default_y")]
    #[schemars(extend("examples" = Self::MEASURED))]
    pub y: String,
    /// Axes of the sweep, one line for each combination, `seed` for a line a seed; all axes but `x` and the
    /// seed when absent. Each combination of the axes that are neither in it nor `x` is a chart of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Vec<String>>,
    /// How x is spread (`"sparsity"` for sparsities, `"linear"` otherwise). Values that have no place on it, as
    /// 0 on a logarithmic one, are left out, which the chart says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
}

impl Chart {
    /// The stages whose measurements are drawn.
    pub fn stages(&self) -> impl Iterator<Item = &str> {
        [&self.stage].into_iter().chain(&self.beside).map(String::as_str)
    }

    /// Accuracy against sparsity of `stage`.
    pub fn of(stage: &str) -> Self {
        Self {
            stage: stage.to_owned(),
            beside: Vec::new(),
            title: None,
            x: default_x(),
            y: default_y(),
            group: None,
            scale: None,
        }
    }
}

/// How the horizontal axis is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    Linear,
    Log,
    /// Logarithmic in the share of weights left, so that 0.9, 0.95 and 0.98 stand apart.
    Sparsity,
}

impl Chart {
    /// Columns of `measurements` that tell networks apart, and that a chart can have as `x`.
    pub const IDENTITY: [&str; 2] = ["round", "seed"];

    /// Columns of `measurements` that hold what was asked for and found, and that a chart can draw.
    pub const MEASURED: [&str; 18] = [
        "requested",
        "sparsity",
        "parameters",
        "nonzero",
        "compression",
        "macs",
        "macs_nonzero",
        "accuracy",
        "loss",
        "accuracy_validation",
        "loss_validation",
        "limit",
        "accuracy_last",
        "accuracy_best_test",
        "ece",
        "teacher_agreement",
        "steps",
        "seconds",
    ];
}

fn default_x() -> String {
    "sparsity".into()
}

fn default_y() -> String {
    "accuracy".into()
}
