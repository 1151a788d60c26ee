//! Distillation without pruning: accuracy of every student setting.

use super::caption::{meaning, measured_on, note, range};
use super::entry::{Entry, Source};
use super::sweep::quantity;
use crate::report::draw::{DotChart, MOST_SERIES, Picture};
use crate::report::error::ReportError;

/// Settings that one chart holds.
const MOST_ROWS: usize = 3 * MOST_SERIES;

/// A row for each setting of each `train` stage, where one of them has a teacher.
pub(super) fn charts(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let trainings = || source.record.stages.iter().filter(|stage| stage.from.is_none());
    if trainings().all(|stage| stage.teacher.is_none()) {
        return Ok(Vec::new());
    }
    let accuracy = source.measurements.numbers("accuracy")?;
    let mut rows: Vec<(String, Vec<f64>)> = Vec::new();
    for stage in trainings().filter_map(|facts| source.measurements.stage(&facts.name)) {
        for setting in &stage.settings {
            let labels = source.measurements.labels(&stage.axes, &setting.values).join(" · ");
            let label = if labels.is_empty() { labels } else { format!(": {labels}") };
            let values = setting.last().iter().filter_map(|row| accuracy[row.row]).collect();
            rows.push((format!("{}{label}", stage.name), values));
        }
    }
    rows.retain(|(_, values)| !values.is_empty() && values.iter().all(|value| value.is_finite()));
    let seeds = range(rows.iter().map(|(_, values)| values.len()));
    for (label, values) in &mut rows {
        label.extend(note(values.len(), *seeds.end()).map(|note| format!(" ({note})")));
    }
    let parts = rows.len().div_ceil(MOST_ROWS);
    let part = |(part, rows): (usize, &[(String, Vec<f64>)])| {
        let (suffix, of) = match parts {
            1 => (String::new(), String::new()),
            parts => (format!("-{}", part + 1), format!(" ({} of {parts})", part + 1)),
        };
        let chart = DotChart {
            title: format!("Test accuracy of every student setting{of}"),
            subtitle: format!(
                "{}; {}; ticks: single seeds",
                measured_on(source.record),
                meaning(&seeds, "", "bar")
            ),
            x: quantity(source, "accuracy"),
            rows: rows.to_vec(),
        };
        Entry::Drawn { name: format!("students{suffix}"), picture: Picture::Dots(chart) }
    };
    Ok(rows.chunks(MOST_ROWS).enumerate().map(part).collect())
}
