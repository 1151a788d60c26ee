//! The tables of results: one a stage, with a row for each setting and round, over its seeds.

use super::asked::{Asked, note};
use super::error::ReportError;
use super::markdown::{Align, plain, table};
use crate::format::real;
use crate::results::{Estimate, MeasuredStage, Measurements, Record, SeedRow, Setting, estimate};

/// Rows that a page of text holds.
const MOST_ROWS: usize = 200;

/// What the columns are; of teachers where a network has one.
pub(super) fn meaning(measurements: &Measurements<'_>) -> Result<String, ReportError> {
    let is_taught = measurements.numbers("teacher_agreement")?.iter().any(Option::is_some);
    let of_teachers = " `teacher` is the accuracy of what taught, and `agreement` the share of test images on which both say \
                       the same.";
    Ok(format!(
        "Accuracy is the mean over n seeds ± half the width of its 95 % confidence interval (Student’s t). `last` is the \
         accuracy after the last step, `oracle` the best on the test split of the evaluations that `keep` could \
         choose from: it is here only to show how much choosing by it would flatter.{}\n\n",
        if is_taught { of_teachers } else { "" }
    ))
}

/// A table for each stage; of a large experiment the first rows, and a sentence that says so.
pub(super) fn tables(record: &Record, measurements: &Measurements<'_>) -> Result<String, ReportError> {
    let mut text = String::new();
    let mut left = MOST_ROWS;
    let mut all = 0;
    for stage in measurements.stages.iter().filter(|stage| !stage.settings.is_empty()) {
        let rows = rows(measurements, stage)?;
        all += rows.len();
        let rows = &rows[..rows.len().min(left)];
        let is_taught = rows.iter().any(|row| row.means[MEANS.len() - 1].is_some());
        let means = MEANS.len() - if is_taught { 0 } else { OF_TEACHERS };
        let shown: Vec<Vec<String>> = rows.iter().map(|row| row.cells(measurements, stage, means)).collect();
        left -= shown.len();
        if !shown.is_empty() {
            let asked: Vec<Asked<'_>> = rows.iter().filter_map(TableRow::asked).collect();
            text.push_str(&format!(
                "### Stage {}\n\n{}{}\n",
                plain(&stage.name),
                table(&header(measurements, stage, means), &shown),
                note(record, measurements, stage, &asked)
            ));
            if stage.settings.iter().any(Setting::may_end_early) {
                text.push_str(
                    "\nA round is of the n seeds that were good enough in all rounds before it; `result` is of all seeds, each \
                     after the last round in which it was.\n",
                );
            }
        }
    }
    if all > MOST_ROWS {
        text.push_str(&format!(
            "The first {MOST_ROWS} of {all} rows; all measurements are in `measurements.csv`.\n"
        ));
    }
    Ok(text)
}

/// What a row says of the networks of one setting after one round.
struct TableRow<'a> {
    setting: &'a Setting,
    /// `None` where each seed has another: what the stage gives, where rounds may end early.
    round: Option<i64>,
    seeds: usize,
    /// The quantity that was asked for; `None` of a training.
    target: Option<&'a str>,
    means: Vec<Option<Estimate>>,
}

/// The columns that a table has means of, with its headings.
const MEANS: [(&str, &str); 8] = [
    ("requested", "asked"),
    ("sparsity", "sparsity"),
    ("accuracy", "accuracy"),
    ("accuracy_last", "last"),
    ("accuracy_best_test", "oracle"),
    ("macs_left", "MACs left"),
    ("teacher_accuracy", "teacher"),
    ("teacher_agreement", "agreement"),
];
/// So many of the last ones are left out where no network of the stage has a teacher.
const OF_TEACHERS: usize = 2;

fn rows<'a>(
    measurements: &Measurements<'a>,
    stage: &'a MeasuredStage,
) -> Result<Vec<TableRow<'a>>, ReportError> {
    let columns = MEANS.map(|(column, _)| match column {
        "macs_left" | "teacher_accuracy" => measurements.numbers_if_there(column),
        column => measurements.numbers(column),
    });
    let columns = columns.into_iter().collect::<Result<Vec<_>, _>>()?;
    let targets = measurements.targets()?;
    let row = |setting: &'a Setting, round: Option<i64>, seeds: &[SeedRow]| TableRow {
        setting,
        round,
        seeds: seeds.len(),
        target: seeds.first().and_then(|seed| targets[seed.row]),
        means: columns.iter().map(|column| estimate(seeds, column)).collect(),
    };
    let rows = stage.settings.iter().flat_map(|setting| {
        let rounds = setting.rounds.iter().map(|(&round, seeds)| row(setting, Some(round), seeds));
        let result = setting.may_end_early().then(|| row(setting, None, setting.last()));
        rounds.chain(result)
    });
    Ok(rows.collect())
}

fn header(measurements: &Measurements<'_>, stage: &MeasuredStage, means: usize) -> Vec<(String, Align)> {
    let axes = stage.axes.iter().map(|&axis| (plain(&measurements.axes[axis].short), Align::Left));
    let numbers = ["round", "n"].into_iter().chain(MEANS[..means].iter().map(|(_, heading)| *heading));
    axes.chain(numbers.map(|name| (name.to_owned(), Align::Right))).collect()
}

impl<'a> TableRow<'a> {
    /// The sparsity that was asked for, and reached; `None` of a training, and where another quantity was asked for.
    fn asked(&self) -> Option<Asked<'a>> {
        self.target.filter(|target| *target == "sparsity")?;
        let [asked, reached, ..] = self.means.as_slice() else { return None };
        Some(Asked { setting: self.setting, round: self.round?, asked: (*asked)?, reached: (*reached)? })
    }

    /// Its cells, with the first so many of the means.
    fn cells(&self, measurements: &Measurements<'_>, stage: &MeasuredStage, means: usize) -> Vec<String> {
        let [asked, sparsity, accuracy, last, oracle, left, teacher, agreement] = self.means.as_slice()
        else {
            unreachable!("there is a mean for each column")
        };
        let percent = |mean: &Option<Estimate>| or_dash(mean.map(|it| format!("{:.2} %", 100.0 * it.mean)));
        let share = left.map(|left| format!("{:.1} %", 100.0 * left.mean));
        let asked = match self.target {
            Some("parameters" | "macs") => or_dash(asked.map(|it| format!("{:.2} % left", 100.0 * it.mean))),
            Some("threshold") => or_dash(asked.map(|it| format!("≥ {}", real(it.mean)))),
            Some("loss-rise") => {
                or_dash(asked.map(|it| format!("loss + {}", real((1e9 * it.mean).round() / 1e9))))
            }
            Some("accuracy-drop") => or_dash(asked.map(|it| format!("accuracy − {:.2} pp", 100.0 * it.mean))),
            _ => percent(asked),
        };
        let labels = measurements.labels(&stage.axes, &self.setting.values).into_iter().map(plain);
        let numbers = [
            self.round.map_or("result".to_owned(), |round| round.to_string()),
            self.seeds.to_string(),
            asked,
            or_dash(sparsity.map(sparsity_of)),
            or_dash(accuracy.map(interval)),
            percent(last),
            percent(oracle),
            or_dash(share),
            percent(teacher),
            percent(agreement),
        ];
        labels.chain(numbers.into_iter().take(2 + means)).collect()
    }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "—".to_owned())
}

/// The sparsity that was reached, with its interval where seeds reached another one, as searches do.
fn sparsity_of(estimate: Estimate) -> String {
    interval(Estimate { half_width: estimate.half_width.filter(|half| *half >= 5e-5), ..estimate })
}

/// `97.05 ± 0.31 %`, or without the interval for one seed.
pub(super) fn interval(estimate: Estimate) -> String {
    match estimate.half_width {
        Some(half) => format!("{:.2} ± {:.2} %", 100.0 * estimate.mean, 100.0 * half),
        None => format!("{:.2} %", 100.0 * estimate.mean),
    }
}

#[cfg(test)]
mod tests;
