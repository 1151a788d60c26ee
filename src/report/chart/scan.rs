//! Sensitivity scans: what a network scores with one of its layers alone pruned, a line a layer.

use super::caption::{absent, meaning, measured_on, note, range, sentence, some_of};
use super::entry::{Entry, Source};
use super::part::Part;
use super::quantities::quantity;
use crate::report::draw::{Horizontal, Line, LineChart, MOST_SERIES, Picture, Point, Points, Quantity};
use crate::report::error::ReportError;
use crate::results::{Estimate, Format, MeasuredStage, Setting};
use crate::spec::Scale;
use polars::prelude::DataType;
use std::collections::BTreeMap;

/// Charts for each stage that scanned: of the first round of each setting.
pub(super) fn charts(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let Some(scans) = Scans::read(source)? else { return Ok(Vec::new()) };
    Ok(source.measurements.stages.iter().flat_map(|stage| of_stage(source, &scans, stage)).collect())
}

/// What one network scored with one layer pruned.
struct Seen<'a> {
    layer: &'a str,
    requested: f64,
    sparsity: f64,
    accuracy: f64,
}

/// The table `scan`, by key.
struct Scans<'a> {
    seen: BTreeMap<&'a str, Vec<Seen<'a>>>,
    /// The key of each row of `measurements`.
    keys: Vec<&'a str>,
}

/// The curve of one layer: at each sparsity that was asked for, the mean sparsity and the accuracy over the seeds.
#[derive(Clone, Debug, PartialEq)]
struct Curve<'a> {
    layer: &'a str,
    points: Vec<(f64, Estimate)>,
}

impl<'a> Scans<'a> {
    fn read(source: &Source<'a>) -> Result<Option<Self>, ReportError> {
        let Some(table) = &source.tables.scan else { return Ok(None) };
        let numbers = |name: &str| table.column(name)?.cast(&DataType::Float64);
        let (key, layer) = (table.column("key")?.str()?, table.column("layer")?.str()?);
        let [requested, sparsity, accuracy] =
            [numbers("requested")?, numbers("sparsity")?, numbers("accuracy_validation")?];
        let (requested, sparsity, accuracy) = (requested.f64()?, sparsity.f64()?, accuracy.f64()?);
        let mut seen: BTreeMap<&str, Vec<Seen<'_>>> = BTreeMap::new();
        for row in 0..table.height() {
            if let (Some(key), Some(layer), Some(requested), Some(sparsity), Some(accuracy)) =
                (key.get(row), layer.get(row), requested.get(row), sparsity.get(row), accuracy.get(row))
            {
                let of_key = seen.entry(key).or_default();
                let is_known = of_key.iter().any(|seen| seen.layer == layer && seen.requested == requested);
                // A network that several trials share is counted once.
                if !is_known {
                    of_key.push(Seen { layer, requested, sparsity, accuracy });
                }
            }
        }
        Ok(Some(Self { seen, keys: source.measurements.keys()? }))
    }

    /// The curves of the layers, in the order of the network, of the first round of `setting`.
    fn curves(&self, setting: &Setting) -> Vec<Curve<'a>> {
        let first = setting.rounds.get(&1).map(Vec::as_slice).unwrap_or_default();
        let seen = || first.iter().filter_map(|row| self.seen.get(self.keys[row.row])).flatten();
        let mut layers: Vec<&str> = Vec::new();
        for seen in seen() {
            if !layers.contains(&seen.layer) {
                layers.push(seen.layer);
            }
        }
        let curve = |layer: &'a str| {
            let mut shares: Vec<f64> =
                seen().filter(|seen| seen.layer == layer).map(|seen| seen.requested).collect();
            shares.sort_by(f64::total_cmp);
            shares.dedup();
            let point = |share: f64| {
                let of = || seen().filter(|seen| seen.layer == layer && seen.requested == share);
                let accuracies: Vec<f64> = of().map(|seen| seen.accuracy).collect();
                let sparsity = of().map(|seen| seen.sparsity).sum::<f64>() / accuracies.len() as f64;
                (sparsity, Estimate::of(&accuracies))
            };
            Curve { layer, points: shares.into_iter().map(point).collect() }
        };
        layers.into_iter().map(curve).collect()
    }
}

/// A chart for each setting whose curves are not those of another; settings that differ only in what is done with
/// the scan share one.
fn of_stage(source: &Source<'_>, scans: &Scans<'_>, stage: &MeasuredStage) -> Vec<Entry> {
    let mut found: Vec<(Vec<Curve<'_>>, Vec<String>)> = Vec::new();
    for setting in &stage.settings {
        let curves = scans.curves(setting);
        let name = source.measurements.describe(&stage.axes, &setting.values);
        match found.iter_mut().find(|(known, _)| *known == curves) {
            Some((_, names)) => names.push(name),
            None if curves.is_empty() => {}
            None => found.push((curves, vec![name])),
        }
    }
    let single = found.len() == 1;
    let has_rounds = stage.settings.iter().any(|setting| setting.last_round > 1);
    let when = if has_rounds { " in the first round" } else { "" };
    let chart = |(number, (curves, names)): (usize, &(Vec<Curve<'_>>, Vec<String>))| {
        let name = match single {
            true => format!("scan-{}", stage.name),
            false => format!("scan-{}-{}", stage.name, number + 1),
        };
        let of = if single || names[0].is_empty() { String::new() } else { format!(" ({})", some_of(names)) };
        let title = format!("Sensitivity of the layers: stage {}{of}", stage.name);
        parts(source, stage, curves, when, (&title, &name))
    };
    found.iter().enumerate().flat_map(chart).collect()
}

/// As many charts as the layers take.
fn parts(
    source: &Source<'_>,
    stage: &MeasuredStage,
    curves: &[Curve<'_>],
    when: &str,
    (title, name): (&str, &str),
) -> Vec<Entry> {
    let seeds = range(curves.iter().flat_map(|curve| &curve.points).map(|(_, accuracy)| accuracy.n));
    let count = curves.len().div_ceil(MOST_SERIES);
    // Parts of about the same size.
    let size = curves.len().div_ceil(count.max(1)).max(1);
    let point = |&(x, y): &(f64, Estimate)| Point { x, y, seeds: Vec::new(), note: note(y.n, *seeds.end()) };
    let line = |(look, curve): (usize, &Curve<'_>)| Line {
        label: curve.layer.to_owned(),
        look,
        points: curve.points.iter().map(point).collect(),
        points_shown: Points::Marked,
    };
    let subtitle = [
        Some(measured_on(source.record)),
        Some(format!("each layer alone pruned{when}, without recovery")),
        Some(meaning(&seeds, "", "band")),
        absent(source, stage),
    ];
    let subtitle = sentence(subtitle);
    let part = |(number, curves): (usize, &[Curve<'_>])| {
        let part = Part { number, count };
        let picture = Picture::Lines(LineChart {
            title: format!("{title}{}", part.of()),
            subtitle: subtitle.clone(),
            x: Quantity { name: "sparsity of the layer".into(), format: Format::Percent },
            y: quantity(source, "accuracy_validation"),
            horizontal: Horizontal::Numbers(Scale::Sparsity),
            legend: "layer".into(),
            lines: curves.iter().enumerate().map(line).collect(),
            references: Vec::new(),
        });
        Entry::Drawn { name: format!("{name}{}", part.suffix("-part-")), picture }
    };
    curves.chunks(size).enumerate().map(part).collect()
}
