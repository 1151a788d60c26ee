//! A quantity of a stage against another over the sweep: by default accuracy against sparsity.

use super::ReportError;
use super::charts::{Drawn, Kind, meaning, measured_on};
use super::line_chart::{Line, LineChart, Points, Quantity};
use super::rows::{Row, Rows, StageRows};
use super::scale::Format;
use super::statistics::Estimate;
use super::style::MOST_SERIES;
use crate::results::Record;
use crate::spec::{Chart, Scale};
use std::collections::BTreeMap;

/// Charts of one `[[chart]]`, or of a default; several, where its lines are too many to tell apart in one.
pub(super) fn charts(
    record: &Record,
    rows: &Rows<'_>,
    chart: &Chart,
    name: &str,
) -> Result<Vec<Drawn>, ReportError> {
    let Some(stage) = rows.stage(&chart.stage) else { return Ok(Vec::new()) };
    let x = rows.numbers(&chart.x)?;
    let y = rows.numbers(&chart.y)?;
    // Networks that were asked for the same sparsity belong together, whatever they reached.
    let together = if chart.x == "sparsity" { rows.numbers("sparsity_requested")? } else { x.clone() };
    let x_axis = rows.axes.iter().position(|key| *key == chart.x || is_target(&chart.x, key));
    let group: Vec<usize> = match &chart.group {
        Some(keys) => (0..rows.axes.len()).filter(|&axis| keys.contains(&rows.axes[axis])).collect(),
        None => stage.axes.iter().copied().filter(|axis| Some(*axis) != x_axis).collect(),
    };
    let mut lines: BTreeMap<Vec<u32>, BTreeMap<Order, Vec<&Row>>> = BTreeMap::new();
    for row in &stage.rows {
        if let (Some(at), Some(_), Some(_)) = (together[row.index], x[row.index], y[row.index]) {
            let line = lines.entry(StageRows::at(row, &group)).or_default();
            line.entry(Order(at)).or_default().push(row);
        }
    }
    let all =
        |rows: &[&Row], of: &[Option<f64>]| rows.iter().filter_map(|row| of[row.index]).collect::<Vec<f64>>();
    let line = |(values, points): (&Vec<u32>, &BTreeMap<Order, Vec<&Row>>)| Line {
        label: if group.is_empty() { stage.name.clone() } else { rows.setting(&group, values) },
        points: points
            .values()
            .map(|rows| (Estimate::of(&all(rows, &x)).mean, Estimate::of(&all(rows, &y))))
            .collect(),
        points_shown: Points::Marked,
    };
    let lines: Vec<Line> = lines.iter().map(line).collect();
    let parts = lines.len().div_ceil(MOST_SERIES);
    let drawn = lines.chunks(MOST_SERIES).enumerate().map(|(part, lines)| {
        let references = baseline(record, rows, &y, chart);
        let (suffix, of) = match parts {
            1 => (String::new(), String::new()),
            parts => (format!("-{}", part + 1), format!(" ({} of {parts})", part + 1)),
        };
        let title = chart.title.clone().unwrap_or_else(|| default_title(chart));
        let chart = LineChart {
            title: format!("{title}{of}"),
            subtitle: format!("{}; {}", measured_on(record), meaning(stage.seeds(), "band")),
            x: quantity(&chart.x),
            y: quantity(&chart.y),
            scale: chart.scale.unwrap_or(if chart.x.contains("sparsity") {
                Scale::Sparsity
            } else {
                Scale::Linear
            }),
            legend: group.iter().map(|&axis| rows.short(axis)).collect::<Vec<_>>().join(" · "),
            lines: lines.to_vec(),
            references,
        };
        Drawn { name: format!("{name}{suffix}"), chart: Kind::Lines(chart) }
    });
    Ok(drawn.collect())
}

/// Whether the axis `key` is what the sparsity column follows.
fn is_target(x: &str, key: &str) -> bool {
    x.starts_with("sparsity") && key.ends_with(".target.sparsity")
}

/// The dense network that a pruned one came from.
fn baseline(record: &Record, rows: &Rows<'_>, y: &[Option<f64>], chart: &Chart) -> Vec<(String, Estimate)> {
    let mut facts = record.stages.iter().find(|stage| stage.name == chart.stage);
    if facts.is_none_or(|stage| stage.from.is_none()) {
        return Vec::new();
    }
    while let Some(from) = facts.and_then(|stage| stage.from.as_ref()) {
        facts = record.stages.iter().find(|stage| stage.name == *from);
    }
    let Some(dense) = facts.and_then(|stage| rows.stage(&stage.name)) else { return Vec::new() };
    let values: Vec<f64> = dense.rows.iter().filter_map(|row| y[row.index]).collect();
    if values.is_empty() {
        return Vec::new();
    }
    vec![(format!("{} (not pruned)", dense.name), Estimate::of(&values))]
}

/// A number that can be a key of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Order(f64);

impl Eq for Order {}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Order {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

fn default_title(chart: &Chart) -> String {
    let short = |column: &str| quantity(column).name.split(" (").next().unwrap_or_default().to_owned();
    let (x, y) = (short(&chart.x), short(&chart.y));
    let mut letters = y.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} against {x}: stage {}", letters.as_str(), chart.stage)
}

/// What a column holds, for people.
pub(super) fn quantity(column: &str) -> Quantity {
    let name = match column {
        "sparsity" => "sparsity (share of prunable weights removed)",
        "sparsity_requested" => "requested sparsity",
        "accuracy" => "test accuracy",
        "accuracy_validation" => "validation accuracy",
        "accuracy_last" => "test accuracy after the last step",
        "accuracy_best_test" => "best test accuracy (an oracle)",
        "loss" => "test loss (nats)",
        "ece" => "calibration error (15 bins)",
        "teacher_agreement" => "agreement with the teacher",
        "macs_nonzero" => "multiply-accumulates with weights left",
        other => return Quantity { name: other.replace('_', " "), format: Format::of(other) },
    };
    Quantity { name: name.to_owned(), format: Format::of(column) }
}
