//! Methods over all amounts of pruning: the area under the accuracy of each.

use super::caption::{meaning, measured_on, note, range, sentence};
use super::entry::{Entry, Source};
use super::naming::Naming;
use super::part::Part;
use crate::report::draw::{DotChart, MOST_SERIES, Picture, Quantity};
use crate::report::error::ReportError;
use crate::results::curves::Summary;
use crate::results::methods::Methods;
use crate::results::{Format, MeasuredStage};
use crate::spec::Chart;
use std::collections::BTreeMap;

/// Methods that one chart holds.
const MOST_ROWS: usize = 3 * MOST_SERIES;

/// A chart of every stage that prunes by several methods, each by several amounts.
pub(super) fn of_pruning(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let mut entries = Vec::new();
    for facts in source.record.stages.iter().filter(|stage| stage.from.is_some()) {
        let measured = source.measurements.stage(&facts.name).filter(|stage| !stage.ends_by_itself());
        let Some(stage) = measured else { continue };
        let rows = rows(source, stage)?;
        if rows.len() > 1 {
            entries.extend(charts(source, &rows, &title(None, &stage.name), &format!("{}-area", stage.name)));
        }
    }
    Ok(entries)
}

/// What the `number`th chart of the experiment asks for.
pub(super) fn asked_for(
    source: &Source<'_>,
    chart: &Chart,
    number: usize,
) -> Result<Vec<Entry>, ReportError> {
    let name = chart.stage.as_deref().unwrap_or_default();
    let title = title(Some(chart), name);
    let measured = source.measurements.stage(name);
    if measured.is_some_and(MeasuredStage::ends_by_itself) {
        let why =
            format!("each setting of stage {name} ends by itself, over a range of compressions of its own");
        return Ok(vec![Entry::Omitted { title, why }]);
    }
    let rows = match measured {
        Some(stage) => rows(source, stage)?,
        None => Vec::new(),
    };
    if rows.is_empty() {
        let why = format!("no method of stage {name} was measured at two compressions that are finite");
        return Ok(vec![Entry::Omitted { title, why }]);
    }
    Ok(charts(source, &rows, &title, &format!("{number}-{name}-area")))
}

fn title(chart: Option<&Chart>, stage: &str) -> String {
    let own = chart.and_then(|chart| chart.title.clone());
    own.unwrap_or_else(|| format!("Accuracy over all compressions: stage {stage}"))
}

/// Each method with its number of every seed.
fn rows(source: &Source<'_>, stage: &MeasuredStage) -> Result<Vec<(String, Vec<f64>)>, ReportError> {
    let Some(methods) = Methods::of(source.record, source.measurements, stage)? else {
        return Ok(Vec::new());
    };
    let naming = Naming::of_stage(source, stage, &methods.axes);
    let row = |(values, numbers): (Vec<u32>, BTreeMap<u64, f64>)| {
        let labels = naming.describe(&values);
        let label = if labels.is_empty() { stage.name.clone() } else { labels };
        (!numbers.is_empty()).then(|| (label, numbers.into_values().collect()))
    };
    Ok(methods.summary(Summary::Area).into_iter().filter_map(row).collect())
}

fn charts(source: &Source<'_>, rows: &[(String, Vec<f64>)], title: &str, name: &str) -> Vec<Entry> {
    let seeds = range(rows.iter().map(|(_, numbers)| numbers.len()));
    let subtitle = [
        Some(measured_on(source.record)),
        Some(meaning(&seeds, "", "bar")),
        Some("ticks: single seeds".to_owned()),
        Some("area under accuracy against log₂ compression ÷ the range of log₂ compression".to_owned()),
    ];
    let subtitle = sentence(subtitle);
    let count = rows.len().div_ceil(MOST_ROWS);
    let part = |(number, rows): (usize, &[(String, Vec<f64>)])| {
        let part = Part { number, count };
        let noted = |(label, numbers): &(String, Vec<f64>)| {
            let note = note(numbers.len(), *seeds.end()).map(|note| format!(" ({note})"));
            (format!("{label}{}", note.unwrap_or_default()), numbers.clone())
        };
        let chart = DotChart {
            title: format!("{title}{}", part.of()),
            subtitle: subtitle.clone(),
            x: Quantity {
                name: "mean test accuracy over log₂ compression".to_owned(),
                format: Format::Percent,
            },
            rows: rows.iter().map(noted).collect(),
        };
        Entry::Drawn { name: format!("{name}{}", part.suffix("-")), picture: Picture::Dots(chart) }
    };
    rows.chunks(MOST_ROWS).enumerate().map(part).collect()
}
