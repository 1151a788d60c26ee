//! Distillation without pruning: accuracy of every student setting.

use super::ReportError;
use super::charts::{Drawn, Kind, meaning, measured_on};
use super::dot_chart::DotChart;
use super::rows::{Rows, StageRows};
use super::style::MOST_SERIES;
use super::sweep_chart::quantity;
use crate::results::Record;
use std::collections::BTreeMap;

/// Settings that one chart holds.
const MOST_ROWS: usize = 3 * MOST_SERIES;

/// A row for each setting of each `train` stage, where one of them has a teacher.
pub(super) fn chart(record: &Record, rows: &Rows<'_>) -> Result<Vec<Drawn>, ReportError> {
    if record.stages.iter().all(|stage| stage.from.is_some() || stage.teacher.is_none()) {
        return Ok(Vec::new());
    }
    let accuracy = rows.numbers("accuracy")?;
    let mut settings: Vec<(String, Vec<f64>)> = Vec::new();
    let mut seeds = 0;
    for facts in record.stages.iter().filter(|stage| stage.from.is_none()) {
        let Some(stage) = rows.stage(&facts.name) else { continue };
        seeds = seeds.max(stage.seeds());
        let mut by_setting: BTreeMap<Vec<u32>, Vec<f64>> = BTreeMap::new();
        for row in &stage.rows {
            by_setting.entry(StageRows::at(row, &stage.axes)).or_default().extend(accuracy[row.index]);
        }
        for (values, found) in by_setting.into_iter().filter(|(_, found)| !found.is_empty()) {
            let setting = rows.setting(&stage.axes, &values);
            let label =
                if setting.is_empty() { stage.name.clone() } else { format!("{}: {setting}", stage.name) };
            settings.push((label, found));
        }
    }
    let parts = settings.len().div_ceil(MOST_ROWS);
    let drawn = settings.chunks(MOST_ROWS).enumerate().map(|(part, settings)| {
        let (suffix, of) = match parts {
            1 => (String::new(), String::new()),
            parts => (format!("-{}", part + 1), format!(" ({} of {parts})", part + 1)),
        };
        let chart = DotChart {
            title: format!("Test accuracy of every student setting{of}"),
            subtitle: format!("{}; {}; ticks: single seeds", measured_on(record), meaning(seeds, "bar")),
            x: quantity("accuracy"),
            rows: settings.to_vec(),
        };
        Drawn { name: format!("students{suffix}"), chart: Kind::Dots(chart) }
    });
    Ok(drawn.collect())
}
