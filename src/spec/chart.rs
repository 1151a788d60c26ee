//! `[[chart]]`: which columns of the tables are drawn, and how.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A chart of the measurements of one stage, or of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Chart {
    /// What is drawn (`"lines"`).
    #[serde(default, skip_serializing_if = "ChartKind::is_default")]
    pub kind: ChartKind,
    /// The stage whose measurements are drawn. A Pareto front that names none is over all stages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Other stages whose measurements are drawn beside those, to compare: each has its own lines, one for each
    /// combination of its axes but `x` and the seed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub beside: Vec<String>,
    /// Heading; made from the other keys when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub title: Option<String>,
    /// A column of `measurements`, or an axis of the sweep by its dotted key or the end of that (`sparsity`). Along an axis, or
    /// along the stage's own target of pruning where that is an axis, each line shows networks after their last
    /// round; otherwise each round is a point. Along `parameters` and `macs` a line goes through the sizes of an
    /// architecture (`stage.student.train.model.mlp.hidden`), too. A measured column is the mean of what the seeds reached. Of a
    /// Pareto front it is a column of which more or less is better. Of `layer-density` it is `round` or an axis,
    /// and when absent there is a column for each setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = Self::MEASURED))]
    pub x: Option<String>,
    /// A numeric column of `measurements` (`accuracy`), or `selection_bias`, by how much choosing networks by the test
    /// split would have flattered them (`accuracy_best_test` − `accuracy`); of a Pareto front one of which more or less is better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = Self::MEASURED))]
    pub y: Option<String>,
    /// Axes of the sweep, by their dotted keys or the ends of those, one line for each combination, `seed` for a line a seed; all axes but `x` and the
    /// seed when absent. Each combination of the axes that are neither in it nor `x` is a chart of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Vec<String>>,
    /// An axis of the sweep, by its dotted key or the end of that, with a panel for each of its values, beside and below each other in one picture, with the same
    /// axes and one legend; 12 panels to a picture, and more pictures where there are more. It is neither `x` nor in
    /// `group`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facet: Option<String>,
    /// The value of an axis, by its name, that each setting is compared with, seed by seed, in a chart of
    /// differences and in the report's tables (`"random"` of an importance, cross-entropy alone of a loss, `"scored"` masks
    /// and `"kept"` weights, the first value where there is no such; a chart that asks for none has no chart of
    /// differences).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// How x is spread (`"sparsity"` for sparsities, `"log"` for `compression`, `"linear"` otherwise). Values that have no place on it, as
    /// 0 on a logarithmic one, are left out, which the chart says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
}

/// What a chart draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChartKind {
    /// `y` against `x`, a line for each setting, with the 95 % confidence interval of the mean over the seeds.
    #[default]
    Lines,
    /// The Pareto front of `x` and `y`: a dot for each setting, the mean over its seeds; those that no other one
    /// beats, with one of both better and none worse, are named and joined by steps. Whether more or less is
    /// better follows from the column: fewer `macs`, a higher `accuracy`.
    Pareto,
    /// The share of weights left in each layer, the mean over the seeds, as a heat map: a row for each prunable
    /// layer, in the order of the graph, and a column for each setting after its last round, or for each round
    /// where there is one setting.
    LayerDensity,
    /// The area under accuracy against log₂ compression of each method of a stage, divided by the range of log₂
    /// compression, one number a seed: a dot with its interval for each combination of axes but those of how much is
    /// pruned.
    Area,
    /// The largest sparsity of each method of a stage with an accuracy within half a percentage point of that of the
    /// training that was pruned, and in a chart of its own within one, one number a seed, as `area` shows its.
    SparsityAtDrop,
    /// The test accuracy over the epochs of a stage's trainings, the mean over the seeds: those of the last round of a
    /// stage that prunes. A line for each setting, in panels where there are many.
    Training,
    /// How long the trainings of each setting of the sweep took, over all seeds, as bars: of the stages that differ among
    /// the settings, and of those that they build on. What other settings needed too is hatched.
    Cost,
}

impl ChartKind {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How the horizontal axis is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Equal differences are equally far apart.
    Linear,
    /// Equal ratios are equally far apart.
    Log,
    /// Logarithmic in the share of weights left, so that 0.9, 0.95 and 0.98 stand apart.
    Sparsity,
}

impl Chart {
    /// Columns of `measurements` that tell networks apart, and that a chart can have as `x`.
    pub const IDENTITY: [&str; 2] = ["round", "seed"];

    /// Columns of `measurements` that hold what was asked for and found, and that a chart can draw.
    pub const MEASURED: [&str; 25] = [
        "requested",
        "sparsity",
        "parameters",
        "nonzero",
        "compression",
        "macs",
        "macs_nonzero",
        "macs_left",
        "accuracy",
        "loss",
        "accuracy_validation",
        "loss_validation",
        "limit",
        "accuracy_last",
        "accuracy_best_test",
        "ece",
        "teacher_agreement",
        "teacher_kl",
        "teacher_accuracy",
        "steps",
        "seconds",
        "latency_ms",
        "latency_p90_ms",
        "latency_64_ms",
        "latency_64_p90_ms",
    ];

    /// Quantities that follow from two columns, and that a chart can have as `y`.
    pub const DERIVED: [&str; 1] = ["selection_bias"];

    /// Those that are measured only where somebody asks: a chart that draws one does.
    pub const LATENCY: [&str; 4] = ["latency_ms", "latency_p90_ms", "latency_64_ms", "latency_64_p90_ms"];

    /// Accuracy against sparsity of `stage`.
    pub fn of(stage: &str) -> Self {
        Self {
            kind: ChartKind::Lines,
            stage: Some(stage.to_owned()),
            beside: Vec::new(),
            title: None,
            x: None,
            y: None,
            group: None,
            facet: None,
            baseline: None,
            scale: None,
        }
    }

    /// The stages whose measurements are drawn; none where all are.
    pub fn stages(&self) -> impl Iterator<Item = &str> {
        self.stage.iter().chain(&self.beside).map(String::as_str)
    }

    /// What is along the horizontal axis of lines and fronts.
    pub fn x(&self) -> &str {
        self.x.as_deref().unwrap_or("sparsity")
    }

    /// What is along their vertical axis.
    pub fn y(&self) -> &str {
        self.y.as_deref().unwrap_or("accuracy")
    }

    /// Whether it draws a latency.
    pub fn draws_latency(&self) -> bool {
        [self.x(), self.y()].iter().any(|column| Self::LATENCY.contains(column))
    }

    /// The same chart with its defaults written out.
    pub(super) fn spelled_out(&self) -> Self {
        match self.kind {
            ChartKind::Lines | ChartKind::Pareto => {
                Self { x: Some(self.x().to_owned()), y: Some(self.y().to_owned()), ..self.clone() }
            }
            ChartKind::LayerDensity
            | ChartKind::Area
            | ChartKind::SparsityAtDrop
            | ChartKind::Training
            | ChartKind::Cost => self.clone(),
        }
    }
}
