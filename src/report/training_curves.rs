//! Training curves: test accuracy over the epochs of a stage.

use super::ReportError;
use super::charts::{Drawn, Kind, meaning, measured_on};
use super::line_chart::{Line, LineChart, Points, Quantity};
use super::rows::{Row, Rows, StageRows};
use super::scale::Format;
use super::statistics::Estimate;
use super::style::MOST_SERIES;
use super::sweep_chart::quantity;
use crate::results::{Record, StageFacts, Tables};
use crate::spec::Scale;
use std::collections::BTreeMap;

/// The curves of a stage's settings; of the last round, where it has rounds. `None` where nothing was
/// trained or a chart would hold single points.
pub(super) fn chart(
    record: &Record,
    tables: &Tables,
    rows: &Rows<'_>,
    facts: &StageFacts,
) -> Result<Option<Drawn>, ReportError> {
    let Some(stage) = rows.stage(&facts.name) else { return Ok(None) };
    let keys = rows.table.column("key")?.str()?;
    let history = &tables.history;
    let (key, step) = (history.column("key")?.str()?, history.column("step")?.i64()?);
    let (epoch, accuracy) = (history.column("epoch")?.f64()?, history.column("accuracy_test")?.f64()?);
    let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for index in 0..history.height() {
        by_key.entry(key.get(index).unwrap_or_default()).or_default().push(index);
    }
    let last = i64::from(facts.rounds);
    let mut settings: BTreeMap<Vec<u32>, Vec<&Row>> = BTreeMap::new();
    for row in stage.rows.iter().filter(|row| row.round == last) {
        settings.entry(StageRows::at(row, &stage.axes)).or_default().push(row);
    }
    let line = |(values, found): (&Vec<u32>, &Vec<&Row>)| {
        let mut at: BTreeMap<i64, (f64, Vec<f64>)> = BTreeMap::new();
        for row in found {
            let seen = keys.get(row.index).and_then(|key| by_key.get(key)).into_iter().flatten();
            // What an untrained network scores would only squeeze the rest.
            for &index in seen.skip(usize::from(facts.rounds == 0)) {
                let point = at.entry(step.get(index).unwrap_or(0)).or_default();
                point.0 = epoch.get(index).unwrap_or(0.0);
                point.1.extend(accuracy.get(index));
            }
        }
        let setting = rows.setting(&stage.axes, values);
        Line {
            label: if setting.is_empty() { stage.name.clone() } else { setting },
            points: at.into_values().map(|(epoch, seen)| (epoch, Estimate::of(&seen))).collect(),
            points_shown: Points::Plain,
        }
    };
    let shown: Vec<Line> = settings.iter().take(MOST_SERIES).map(line).collect();
    if shown.iter().all(|line| line.points.len() < 3) {
        return Ok(None);
    }
    let some = match settings.len() {
        all if all > MOST_SERIES => {
            format!("; the first {MOST_SERIES} of {all} settings, all are in history.parquet")
        }
        _ => String::new(),
    };
    let round = if facts.rounds > 1 { format!(", round {}", facts.rounds) } else { String::new() };
    let chart = LineChart {
        title: format!("Training curves: stage {}{round}", stage.name),
        subtitle: format!("{}; {}{some}", measured_on(record), meaning(stage.seeds(), "band")),
        x: Quantity { name: "epoch".into(), format: Format::Plain },
        y: quantity("accuracy"),
        scale: Scale::Linear,
        legend: stage.axes.iter().map(|&axis| rows.short(axis)).collect::<Vec<_>>().join(" · "),
        lines: shown,
        references: Vec::new(),
    };
    Ok(Some(Drawn { name: format!("training-{}", stage.name), chart: Kind::Lines(chart) }))
}
