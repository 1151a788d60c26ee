//! Methods over all amounts of pruning, one number a seed: the area under the accuracy of each, and the largest sparsity
//! that loses little of it.

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

/// Charts of every stage that prunes by several methods, each by several amounts.
pub(super) fn of_pruning(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let mut entries = Vec::new();
    for facts in source.record.stages.iter().filter(|stage| stage.from.is_some()) {
        let measured = source.measurements.stage(&facts.name).filter(|stage| !stage.ends_by_itself());
        let Some(stage) = measured else { continue };
        for shown in [Shown::area()].into_iter().chain(Summary::DROPS.map(Shown::sparsity_at_drop)) {
            let rows = rows(source, stage, shown.summary)?;
            if rows.len() > 1 {
                let title = format!("{}: stage {}", shown.title, stage.name);
                entries.extend(charts(source, &rows, &shown, &title, &stage.name));
            }
        }
    }
    Ok(entries)
}

/// The areas that the `number`th chart of the experiment asks for.
pub(super) fn areas_asked_for(
    source: &Source<'_>,
    chart: &Chart,
    number: usize,
) -> Result<Vec<Entry>, ReportError> {
    asked_for(source, chart, number, &[Shown::area()])
}

/// The sparsities that it asks for.
pub(super) fn sparsities_asked_for(
    source: &Source<'_>,
    chart: &Chart,
    number: usize,
) -> Result<Vec<Entry>, ReportError> {
    asked_for(source, chart, number, &Summary::DROPS.map(Shown::sparsity_at_drop))
}

fn asked_for(
    source: &Source<'_>,
    chart: &Chart,
    number: usize,
    all: &[Shown],
) -> Result<Vec<Entry>, ReportError> {
    let name = chart.stage.as_deref().unwrap_or_default();
    let measured = source.measurements.stage(name);
    let mut entries = Vec::new();
    for shown in all {
        let title = match &chart.title {
            Some(title) => shown.titled(title),
            None => format!("{}: stage {name}", shown.title),
        };
        if measured.is_some_and(MeasuredStage::ends_by_itself) {
            let why = format!(
                "each setting of stage {name} ends by itself, over a range of compressions of its own"
            );
            entries.push(Entry::Omitted { title, why });
            continue;
        }
        let rows = match measured {
            Some(stage) => rows(source, stage, shown.summary)?,
            None => Vec::new(),
        };
        if rows.is_empty() {
            let why =
                format!("no method of stage {name} was measured at two amounts of pruning{}", shown.needs);
            entries.push(Entry::Omitted { title, why });
            continue;
        }
        entries.extend(charts(source, &rows, shown, &title, &format!("{number}-{name}")));
    }
    Ok(entries)
}

/// A summary as a chart shows it.
struct Shown {
    summary: Summary,
    title: String,
    /// What the name of its file ends in.
    suffix: String,
    x: String,
    /// What the subtitle says of it.
    meaning: String,
    /// What else the amounts must be.
    needs: &'static str,
}

impl Shown {
    fn area() -> Self {
        Self {
            summary: Summary::Area,
            title: "Accuracy over all compressions".to_owned(),
            suffix: "area".to_owned(),
            x: "mean test accuracy over log₂ compression".to_owned(),
            meaning: "area under accuracy against log₂ compression ÷ the range of log₂ compression"
                .to_owned(),
            needs: " and more, which all leave some weights",
        }
    }

    /// The largest sparsity that loses no more accuracy than `drop`.
    fn sparsity_at_drop(drop: f64) -> Self {
        let points = 100.0 * drop;
        Self {
            summary: Summary::SparsityAtDrop(drop),
            title: format!("Largest sparsity at −{points} pp of accuracy"),
            suffix: format!("sparsity-at-{points}-pp"),
            x: format!("largest sparsity within {points} pp"),
            meaning: format!(
                "the largest sparsity that was measured with an accuracy within {points} pp of that of the training that was \
                 pruned, 0 where there is none"
            ),
            needs: "",
        }
    }

    /// The experiment's own `title`; of two charts that share it, with what sets this one apart.
    fn titled(&self, title: &str) -> String {
        match self.summary {
            Summary::Area => title.to_owned(),
            Summary::SparsityAtDrop(drop) => format!("{title} (−{} pp)", 100.0 * drop),
        }
    }
}

/// Each method with its number of every seed.
fn rows(
    source: &Source<'_>,
    stage: &MeasuredStage,
    summary: Summary,
) -> Result<Vec<(String, Vec<f64>)>, ReportError> {
    let Some(methods) = Methods::of(source.record, source.measurements, stage)? else {
        return Ok(Vec::new());
    };
    let naming = Naming::of_stage(source, stage, &methods.axes);
    // Areas over other ranges are of other networks.
    let ranges = if summary == Summary::Area { methods.uneven_ranges() } else { Vec::new() };
    let range = |values: &[u32]| {
        let found = ranges.iter().find(|(known, _)| *known == values);
        found.map(|(_, [low, high])| format!(" (compression {low:.2}–{high:.2})")).unwrap_or_default()
    };
    let row = |(values, numbers): (Vec<u32>, BTreeMap<u64, f64>)| {
        let labels = naming.describe(&values);
        let label = if labels.is_empty() { stage.name.clone() } else { labels };
        let label = label + &range(&values);
        (!numbers.is_empty()).then(|| (label, numbers.into_values().collect()))
    };
    Ok(methods.summary(summary).into_iter().filter_map(row).collect())
}

/// The rows in as many charts as they need, whose files' names begin with `name`.
fn charts(
    source: &Source<'_>,
    rows: &[(String, Vec<f64>)],
    shown: &Shown,
    title: &str,
    name: &str,
) -> Vec<Entry> {
    let seeds = range(rows.iter().map(|(_, numbers)| numbers.len()));
    let subtitle = [
        Some(measured_on(source.record)),
        Some(meaning(&seeds, "", "bar")),
        Some("ticks: single seeds".to_owned()),
        Some(shown.meaning.clone()),
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
            x: Quantity { name: shown.x.clone(), format: Format::Percent },
            rows: rows.iter().map(noted).collect(),
        };
        Entry::Drawn {
            name: format!("{name}-{}{}", shown.suffix, part.suffix("-")),
            picture: Picture::Dots(chart),
        }
    };
    rows.chunks(MOST_ROWS).enumerate().map(part).collect()
}
