//! The columns of `measurements`: one list that the table, the charts, the schema and README are made of.

use super::rows::Row;

/// One column of `measurements`.
pub struct Column {
    pub name: &'static str,
    /// What people read on the axis of a chart.
    pub title: &'static str,
    pub format: Format,
    /// What it holds, for README.
    pub doc: &'static str,
    pub(super) of: Of,
}

/// How numbers are written for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Percent,
    /// A difference of shares, in percentage points.
    Points,
    Plain,
    /// A difference of other numbers, which may be below zero where they are not.
    Difference,
    /// Nothing lies between two whole numbers.
    Whole,
}

impl Format {
    /// How differences of such numbers are written.
    pub fn of_difference(self) -> Self {
        match self {
            Self::Percent | Self::Points => Self::Points,
            Self::Plain | Self::Difference | Self::Whole => Self::Difference,
        }
    }
}

/// The value of a column in a row, by its type.
pub(super) enum Of {
    Whole(fn(&Row<'_>) -> u64),
    /// Infinite where the column's doc says so.
    Real(fn(&Row<'_>) -> f64),
    Maybe(fn(&Row<'_>) -> Option<f64>),
    Text(fn(&Row<'_>) -> Option<String>),
}

impl Column {
    const fn new(name: &'static str, title: &'static str, format: Format, of: Of, doc: &'static str) -> Self {
        Self { name, title, format, doc, of }
    }

    /// The column of `measurements` called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        IDENTITY.iter().chain(&MEASURED).find(|column| column.name == name)
    }

    /// Whether a chart can draw it.
    pub fn is_drawable(&self) -> bool {
        !matches!(self.of, Of::Text(_)) && self.name != "trial"
    }
}

use Format::{Percent, Plain};
use Of::{Maybe, Real, Text, Whole};

/// Which network a row is of. The axes of the sweep follow, each under its dotted key.
pub const IDENTITY: [Column; 5] = [
    Column::new("trial", "trial", Plain, Whole(|row| row.trial as u64), "number of the point of the sweep"),
    Column::new("stage", "stage", Plain, Text(|row| Some(row.node.stage.to_string())), "name of the stage"),
    Column::new(
        "round",
        "round",
        Format::Whole,
        Whole(|row| row.node.round.into()),
        "0 for a training, 1… for the rounds of a `prune`",
    ),
    Column::new("seed", "seed", Format::Whole, Whole(|row| row.node.seed), "seed of all random draws"),
    Column::new(
        "probe",
        "probe",
        Plain,
        Text(|row| row.part.map(|part| part.name().to_owned())),
        "of a search, or of rounds that may end early: `held` or `not-held` for a network that was tried, `result` for \
         the one that the stage gives; null otherwise",
    ),
];

/// What was asked for and what was found.
pub const MEASURED: [Column; 27] = [
    Column::new(
        "target",
        "target",
        Plain,
        Text(|row| row.node.requested.map(|requested| requested.target.to_owned())),
        "the quantity that pruning was asked for; null for a training",
    ),
    Column::new(
        "requested",
        "requested",
        Percent,
        Maybe(|row| row.node.requested.and_then(|requested| requested.value)),
        "how much of `target` was asked for by the end of this round: of `sparsity` the share of the weights of the layers that the stage prunes, of `parameters` and `macs` the share of the original's that is left, of `threshold` the importance, of `loss-rise` and `accuracy-drop` how much worse than before pruning the validation split may be; null for a training, and where it follows from what a stage before left",
    ),
    Column::new(
        "sparsity",
        "sparsity (share of prunable weights removed)",
        Percent,
        Real(|row| row.summary.measurement.sparsity),
        "share of the network's prunable weights that are zero or were removed",
    ),
    Column::new(
        "parameters",
        "parameters",
        Plain,
        Whole(|row| row.summary.measurement.parameters),
        "all parameters of the network",
    ),
    Column::new(
        "nonzero",
        "prunable weights left",
        Plain,
        Whole(|row| row.summary.measurement.nonzero),
        "prunable weights that are left",
    ),
    Column::new(
        "compression",
        "compression (prunable weights ÷ those left)",
        Plain,
        Real(|row| row.summary.measurement.prunable as f64 / row.summary.measurement.nonzero as f64),
        "prunable weights ÷ those left; infinite where none is",
    ),
    Column::new(
        "macs",
        "multiply-accumulates an image",
        Plain,
        Whole(|row| row.summary.measurement.macs),
        "multiply-accumulates an image in convolutions and linear layers",
    ),
    Column::new(
        "macs_nonzero",
        "multiply-accumulates with weights left",
        Plain,
        Whole(|row| row.summary.measurement.macs_nonzero),
        "those with weights that are left",
    ),
    Column::new(
        "macs_left",
        "multiply-accumulates left (share of the original’s)",
        Percent,
        Real(|row| row.summary.measurement.macs_nonzero as f64 / row.node.origin.cost.macs as f64),
        "`macs_nonzero` ÷ the multiply-accumulates of the network before any pruning",
    ),
    Column::new(
        "accuracy",
        "test accuracy",
        Percent,
        Real(|row| row.summary.measurement.accuracy),
        "share of test images classified correctly by the network that `keep` chose",
    ),
    Column::new(
        "loss",
        "test loss (nats)",
        Plain,
        Real(|row| row.summary.measurement.loss),
        "its mean negative log-likelihood on the test split, in nats",
    ),
    Column::new(
        "accuracy_validation",
        "validation accuracy",
        Percent,
        Maybe(|row| row.summary.measurement.accuracy_validation),
        "its accuracy on the validation split, which it was chosen by; null without one",
    ),
    Column::new(
        "loss_validation",
        "validation loss (nats)",
        Plain,
        Maybe(|row| row.summary.measurement.loss_validation),
        "its mean negative log-likelihood on the validation split, in nats; null without one",
    ),
    Column::new(
        "limit",
        "validation loss or accuracy that is good enough",
        Plain,
        Maybe(|row| row.limit),
        "of a search, or of rounds that may end early: the worst validation loss or accuracy that is good enough; null otherwise",
    ),
    Column::new(
        "accuracy_last",
        "test accuracy after the last step",
        Percent,
        Real(|row| row.summary.course.accuracy_last),
        "test accuracy after the last step",
    ),
    Column::new(
        "accuracy_best_test",
        "best test accuracy (an oracle)",
        Percent,
        Real(|row| row.summary.course.accuracy_best_test),
        "the best on the test split of the evaluations that `keep` could choose from: an oracle that shows the bias of choosing by it",
    ),
    Column::new(
        "ece",
        "calibration error (15 bins)",
        Percent,
        Real(|row| row.summary.measurement.ece),
        "calibration error on the test split, in 15 bins",
    ),
    Column::new(
        "teacher_agreement",
        "agreement with the teacher",
        Percent,
        Maybe(|row| Some(row.summary.measurement.teacher?.agreement)),
        "share of test images on which student and teacher say the same, or several teachers together by the weights \
         given, or alike where each term looks at a teacher of its own; null where the loss looks at none",
    ),
    Column::new(
        "teacher_kl",
        "divergence from the teacher (nats)",
        Plain,
        Maybe(|row| Some(row.summary.measurement.teacher?.divergence)),
        "KL(teacher ‖ student) on the test split, without a temperature: mean over the images, in nats; of several \
         teachers that of what they say together, as for `teacher_agreement`; null where the loss looks at none",
    ),
    Column::new(
        "teacher_accuracy",
        "test accuracy of the teacher",
        Percent,
        Maybe(|row| Some(row.summary.measurement.teacher?.accuracy)),
        "test accuracy of the teacher, or of what several say together, as for `teacher_agreement`; null where the loss \
         looks at none",
    ),
    Column::new("steps", "training steps", Plain, Whole(|row| row.summary.course.steps), "training steps"),
    Column::new("seconds", "seconds", Plain, Real(|row| row.summary.course.seconds), "time they took"),
    Column::new(
        "latency_ms",
        "latency of one image (ms, median)",
        Plain,
        Maybe(|row| Some(row.latency?.batch_1.median_ms)),
        "milliseconds of a forward pass for one image, the median of the passes (see [docs/latency.md](docs/latency.md)); null where it was not measured",
    ),
    Column::new(
        "latency_p90_ms",
        "latency of one image (ms, 90th percentile)",
        Plain,
        Maybe(|row| Some(row.latency?.batch_1.p90_ms)),
        "the 90th percentile of the same passes",
    ),
    Column::new(
        "latency_64_ms",
        "latency of 64 images (ms, median)",
        Plain,
        Maybe(|row| Some(row.latency?.batch_64.median_ms)),
        "milliseconds of a forward pass for a batch of 64 images, the median",
    ),
    Column::new(
        "latency_64_p90_ms",
        "latency of 64 images (ms, 90th percentile)",
        Plain,
        Maybe(|row| Some(row.latency?.batch_64.p90_ms)),
        "the 90th percentile of the same passes",
    ),
    Column::new(
        "key",
        "key",
        Plain,
        Text(|row| Some(row.node.key.to_string())),
        "name of the training in the store: rows of one key are one network, shared by several trials",
    ),
];

/// The columns that a clock measured. All others have the same bytes when the same experiment is run again.
pub const TIMED: [&str; 5] =
    ["seconds", "latency_ms", "latency_p90_ms", "latency_64_ms", "latency_64_p90_ms"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Chart;

    // The language is below the results and keeps its own list of names.
    #[test]
    fn charts_may_name_every_column_that_can_be_drawn() {
        let all = IDENTITY.iter().chain(&MEASURED).filter(|column| column.is_drawable());
        let names: Vec<&str> = all.map(|column| column.name).collect();
        assert_eq!([&Chart::IDENTITY[..], &Chart::MEASURED].concat(), names);
    }

    #[test]
    fn readme_describes_every_column() {
        let row = |column: &Column| format!("| `{}` | {} |\n", column.name, column.doc);
        let axes = "| one a sweep axis | its value, under its dotted key |\n".to_owned();
        let rows = IDENTITY.iter().map(row).chain([axes]).chain(MEASURED.iter().map(row));
        let table = format!("| column | meaning |\n| --- | --- |\n{}", rows.collect::<String>());
        let readme = include_str!("../../README.md");
        assert!(readme.contains(&table), "README should have this table:\n{table}");
    }

    #[test]
    fn a_clock_measures_seconds_and_latencies() {
        assert_eq!([&["seconds"][..], &Chart::LATENCY].concat(), TIMED);
        assert!(TIMED.iter().all(|name| Column::named(name).is_some()));
    }
}
