//! What is left of each layer: a heat map of layers and settings.

use super::caption::{absent, meaning_of_mean, measured_on, range, sentence};
use super::entry::{Entry, Source};
use super::naming::Naming;
use super::part::Part;
use super::series::Layout;
use super::spread::spread;
use crate::report::draw::{HeatMap, MOST_COLUMNS, Picture};
use crate::report::error::ReportError;
use crate::results::{MeasuredStage, Numbers, SeedRow, Setting, estimate};
use crate::spec::{Chart, ChartKind};
use std::collections::BTreeMap;

/// Shares that differ by less are the same in each layer, as far as rounding to whole weights lets them be.
const SAME: f64 = 0.01;

/// A chart of every stage that prunes some of its layers more than others: where all lose the same share there is
/// nothing to see.
pub(super) fn of_pruning(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let mut entries = Vec::new();
    for facts in source.record.stages.iter().filter(|stage| stage.from.is_some()) {
        let Some(stage) = source.measurements.stage(&facts.name) else { continue };
        let densities = Densities::read(source, stage)?;
        let all = columns_of_settings(source, stage);
        let columns: Vec<Column<'_>> =
            spread(all.len(), MOST_COLUMNS).map(|index| all[index].clone()).collect();
        let is_uneven = |column: &Column<'_>| {
            let shares = || densities.column(column.seeds).into_iter().flatten();
            let (low, high) = (shares().fold(1.0, f64::min), shares().fold(0.0, f64::max));
            high - low > SAME
        };
        if columns.iter().any(is_uneven) {
            let some = (all.len() > columns.len()).then(|| {
                format!(
                    "{} of {} settings, spread over their list; all are in layers.parquet",
                    columns.len(),
                    all.len()
                )
            });
            let chart = Chart { kind: ChartKind::LayerDensity, ..Chart::of(&facts.name) };
            let title = title(&chart);
            let maps = Maps::of(source, stage, &densities, &[&columns]);
            let picture = maps.map(&columns, title, some);
            entries.push(Entry::Drawn { name: format!("{}-layers", facts.name), picture });
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
    let title = title(chart);
    let omitted = |why: String| Ok(vec![Entry::Omitted { title: title.clone(), why }]);
    let Some(stage) = source.measurements.stage(name).filter(|stage| !stage.settings.is_empty()) else {
        return omitted(format!("nothing of stage {name} was measured"));
    };
    let densities = Densities::read(source, stage)?;
    let charts = match &chart.x {
        None => vec![(String::new(), columns_of_settings(source, stage))],
        Some(_) => match columns_along(source, stage, chart)? {
            Ok(charts) => charts,
            Err(why) => return omitted(why),
        },
    };
    let charts: Vec<(String, &[Column<'_>])> = charts
        .iter()
        .flat_map(|(of, columns)| {
            let parts = columns.len().div_ceil(MOST_COLUMNS).max(1);
            let size = columns.len().div_ceil(parts).max(1);
            let part = move |(number, part)| {
                let says = Part { number, count: parts }.says();
                let of = [of.clone()].into_iter().chain(says).filter(|part| !part.is_empty());
                (of.collect::<Vec<_>>().join("; "), part)
            };
            columns.chunks(size).enumerate().map(part)
        })
        .collect();
    if charts.is_empty() {
        return omitted(format!("no network of stage {name} was measured to its end"));
    }
    let all: Vec<&[Column<'_>]> = charts.iter().map(|(_, columns)| *columns).collect();
    let maps = Maps::of(source, stage, &densities, &all);
    let is_single = charts.len() == 1;
    let entry = |(index, (of, columns)): (usize, &(String, &[Column<'_>]))| {
        let title = if of.is_empty() { title.clone() } else { format!("{title} ({of})") };
        let suffix = if is_single { String::new() } else { format!("-{}", index + 1) };
        let picture = maps.map(columns, title, None);
        Entry::Drawn { name: format!("{number}-{name}-layers{suffix}"), picture }
    };
    Ok(charts.iter().enumerate().map(entry).collect())
}

fn title(chart: &Chart) -> String {
    let stage = chart.stage.as_deref().unwrap_or_default();
    chart.title.clone().unwrap_or_else(|| format!("Weights left in each layer: stage {stage}"))
}

/// The networks that a column of the map is of.
#[derive(Clone, Debug)]
struct Column<'a> {
    label: String,
    /// What columns differ in.
    what: String,
    seeds: &'a [SeedRow],
}

/// The columns of a chart, and what sets it apart from the others.
type Named<'a> = (String, Vec<Column<'a>>);

/// A column for each setting after its last round, or for each round where there is one setting.
fn columns_of_settings<'a>(source: &Source<'_>, stage: &'a MeasuredStage) -> Vec<Column<'a>> {
    if let [setting] = stage.settings.as_slice() {
        return setting.rounds.iter().map(|(round, seeds)| of_round(*round, seeds)).collect();
    }
    let naming = Naming::of_stage(source, stage, &stage.axes);
    let what = naming.axes().join(" · ");
    let column = |setting: &'a Setting| Column {
        label: naming.labels(&setting.values).join(" · "),
        what: what.clone(),
        seeds: setting.last(),
    };
    stage.settings.iter().map(column).filter(|column| !column.seeds.is_empty()).collect()
}

fn of_round(round: i64, seeds: &[SeedRow]) -> Column<'_> {
    Column { label: round.to_string(), what: "round".to_owned(), seeds }
}

/// The columns along the chart's `x`, for each combination of what else is swept; or why there are none.
fn columns_along<'a>(
    source: &Source<'_>,
    stage: &'a MeasuredStage,
    chart: &Chart,
) -> Result<Result<Vec<Named<'a>>, String>, ReportError> {
    let x = chart.x();
    let measurements = source.measurements;
    let axis = measurements.axes.iter().position(|axis| axis.key == x);
    let line: Vec<usize> = match axis {
        None if x == "round" => Vec::new(),
        None => return Ok(Err(format!("`{x}` is not swept"))),
        Some(axis) if stage.axes.contains(&axis) => Layout::along(stage, axis),
        Some(_) => return Ok(Err(format!("`{x}` changes nothing in stage {}", stage.name))),
    };
    let others: Vec<usize> = stage.axes.iter().filter(|axis| !line.contains(axis)).copied().collect();
    let mut charts: BTreeMap<Vec<u32>, Vec<Column<'a>>> = BTreeMap::new();
    for setting in &stage.settings {
        let chart = charts.entry(stage.values(&others, setting)).or_default();
        match axis {
            None => chart.extend(setting.rounds.iter().map(|(round, seeds)| of_round(*round, seeds))),
            Some(axis) if !setting.last().is_empty() => chart.push(Column {
                label: measurements.labels(&[axis], &stage.values(&[axis], setting)).join(""),
                what: measurements.axes[axis].short.clone(),
                seeds: setting.last(),
            }),
            Some(_) => {}
        }
    }
    charts.retain(|_, columns| !columns.is_empty());
    let named =
        charts.into_iter().map(|(values, columns)| (measurements.describe(&others, &values), columns));
    Ok(Ok(named.collect()))
}

/// The share of weights left in each layer of a stage's networks.
struct Densities {
    /// In the order of the graph.
    layers: Vec<String>,
    /// By layer, and by row of `measurements`.
    shares: Vec<Numbers>,
}

impl Densities {
    fn read(source: &Source<'_>, stage: &MeasuredStage) -> Result<Self, ReportError> {
        let rows = rows(source, stage)?;
        let table = &source.tables.layers;
        let (of, trial) = (table.column("stage")?.str()?, table.column("trial")?.i64()?);
        let (round, layer) = (table.column("round")?.i64()?, table.column("layer")?.str()?);
        let sparsity = table.column("sparsity")?.f64()?;
        let mut found = Self { layers: Vec::new(), shares: Vec::new() };
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for at in 0..table.height() {
            let (Some(trial), Some(round), Some(layer)) = (trial.get(at), round.get(at), layer.get(at))
            else {
                continue;
            };
            let Some(&row) = rows.get(&(trial, round)).filter(|_| of.get(at) == Some(&stage.name)) else {
                continue;
            };
            let place = *places.entry(layer).or_insert_with(|| {
                found.layers.push(layer.to_owned());
                found.shares.push(vec![None; source.tables.measurements.height()]);
                found.layers.len() - 1
            });
            found.shares[place][row] = sparsity.get(at).map(|sparsity| 1.0 - sparsity);
        }
        Ok(found)
    }

    /// Of each layer the mean over `seeds`; `None` of a layer that these networks do not have.
    fn column(&self, seeds: &[SeedRow]) -> Vec<Option<f64>> {
        self.shares.iter().map(|shares| estimate(seeds, shares).map(|share| share.mean)).collect()
    }
}

/// The rows of `measurements` that are of `stage`, by trial and round.
fn rows(source: &Source<'_>, stage: &MeasuredStage) -> Result<BTreeMap<(i64, i64), usize>, ReportError> {
    let table = &source.tables.measurements;
    let (of, trial) = (table.column("stage")?.str()?, table.column("trial")?.i64()?);
    let round = table.column("round")?.i64()?;
    let place = |row: usize| Some(((trial.get(row)?, round.get(row)?), row));
    let rows = (0..table.height()).filter(|&row| of.get(row) == Some(&stage.name));
    Ok(rows.filter_map(place).collect())
}

/// Maps that are compared with each other.
struct Maps<'a> {
    source: &'a Source<'a>,
    stage: &'a MeasuredStage,
    densities: &'a Densities,
    /// The share that has the palest colour in all of them.
    palest: f64,
}

impl<'a> Maps<'a> {
    /// Those of `all` these columns: the smallest share that is not zero is the palest, but a half at most.
    fn of(
        source: &'a Source<'a>,
        stage: &'a MeasuredStage,
        densities: &'a Densities,
        all: &[&[Column<'_>]],
    ) -> Self {
        let columns = all.iter().copied().flatten();
        let shares = columns.flat_map(|column| densities.column(column.seeds)).flatten();
        let palest = shares.filter(|share| *share > 0.0).fold(0.5, f64::min);
        Self { source, stage, densities, palest }
    }

    /// The map of `columns`, of which there is one at least.
    fn map(&self, columns: &[Column<'_>], title: String, some: Option<String>) -> Picture {
        let seeds = range(columns.iter().map(|column| column.seeds.len()));
        let is_of_rounds = columns[0].what == "round";
        let has_choice = self.stage.settings.iter().any(|setting| setting.last_round > 1);
        let when = if has_choice && !is_of_rounds { " after the last round" } else { "" };
        let subtitle = [
            Some(measured_on(self.source.record)),
            Some(meaning_of_mean(&seeds, when)),
            Some(
                "the share of each layer’s weights that are left, in percent; its colours are logarithmic"
                    .to_owned(),
            ),
            some,
            absent(self.source, self.stage),
        ];
        let cells: Vec<Vec<Option<f64>>> =
            columns.iter().map(|column| self.densities.column(column.seeds)).collect();
        let of_layer = |(place, layer): (usize, &String)| {
            (layer.clone(), cells.iter().map(|column| column[place]).collect())
        };
        let label = |column: &Column<'_>| match column.seeds.len() {
            n if n < *seeds.end() => format!("{} (n = {n})", column.label),
            _ => column.label.clone(),
        };
        Picture::Map(HeatMap {
            title,
            subtitle: sentence(subtitle),
            x: columns[0].what.clone(),
            columns: columns.iter().map(label).collect(),
            rows: self.densities.layers.iter().enumerate().map(of_layer).collect(),
            palest: self.palest,
        })
    }
}
