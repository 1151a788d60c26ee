//! A quantity of a stage against another over the sweep: by default accuracy against sparsity.

use super::caption::{absent, absent_of, meaning, measured_on, note, range, sentence, some_of};
use super::entry::{Entry, Source};
use super::naming::Naming;
use super::panels::{Sheet, SheetPanel, sheets};
use super::part::Part;
use super::quantities::{against, nowhere, quantity, scale};
use super::references::References;
use super::series::{Along, Layout, Mean, Series};
use crate::report::draw::{
    Horizontal, Line, LineChart, PanelChart, Picture, Point, Points, Quantity, has_place, looks,
};
use crate::report::error::ReportError;
use crate::results::comparisons::{Baseline, baselines, differences};
use crate::results::statistics::Estimate;
use crate::results::{Numbers, Setting};
use crate::spec::Chart;
use std::collections::BTreeSet;

/// Accuracy of every `prune` stage against sparsity, or against the size that was asked for.
pub(super) fn of_pruning(source: &Source<'_>) -> Result<Vec<Entry>, ReportError> {
    let mut entries = Vec::new();
    for stage in source.record.stages.iter().filter(|stage| stage.from.is_some()) {
        let chart = Chart { x: size(source, &stage.name)?, ..Chart::of(&stage.name) };
        entries.extend(charts(source, &chart, &stage.name)?);
        // Where settings end by themselves, accuracies beside each other are of different sparsities.
        let measured = source.measurements.stage(&stage.name).filter(|stage| !stage.ends_by_itself());
        for baseline in measured.map(|stage| baselines(source.measurements, stage, None)).unwrap_or_default()
        {
            entries.extend(beside(source, &chart, baseline, &stage.name)?);
        }
    }
    Ok(entries)
}

/// The size that all networks of `stage` were asked to have, where that is no sparsity: the column of it.
fn size(source: &Source<'_>, stage: &str) -> Result<Option<String>, ReportError> {
    let Some(stage) = source.measurements.stage(stage) else { return Ok(None) };
    let targets = source.measurements.targets()?;
    let rows = stage.settings.iter().flat_map(|setting| setting.last());
    let asked: BTreeSet<Option<&str>> = rows.map(|row| targets[row.row]).collect();
    let only = if asked.len() == 1 { asked.into_iter().next().flatten() } else { None };
    Ok(only.filter(|target| ["macs", "parameters"].contains(target)).map(str::to_owned))
}

/// The same quantity beside a baseline: the difference of each setting to the one that has the baseline's value and is
/// the same on all other axes, seed by seed. Nothing where none has another one to be compared with.
fn beside(
    source: &Source<'_>,
    chart: &Chart,
    baseline: Baseline,
    name: &str,
) -> Result<Vec<Entry>, ReportError> {
    let Some(stage) = chart.stage.as_deref().and_then(|name| source.measurements.stage(name)) else {
        return Ok(Vec::new());
    };
    let y = differences(stage, baseline, &source.measurements.numbers(chart.y())?);
    let axis = &source.measurements.axes[stage.axes[baseline.place]];
    let label = &axis.labels[baseline.value as usize];
    let Quantity { name: of, format } = quantity(source, chart.y());
    let shown = Quantity { name: format!("{of}, difference to {label}"), format: format.of_difference() };
    let title = format!("{}, beside {label}: {}", against(source, chart), of_stages(chart));
    let name = format!("{name}-beside-{}", file_name(&axis.short));
    let Ok(layout) = Layout::of(source, stage, &Chart { beside: Vec::new(), ..chart.clone() })? else {
        return Ok(Vec::new());
    };
    let sweep = SweepChart { source, chart, y: &y, shown, baseline: Some(label) };
    let is_compared = |series: &Series<'_>| series.points.iter().any(|mean| mean.y.is_some());
    let series: Vec<Series<'_>> = layout.series(source, &y).into_iter().filter(is_compared).collect();
    Ok(sweep.all(&title, &name, &series))
}

/// A part of the name of a file.
fn file_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// What the `number`th chart of the experiment asks for.
pub(super) fn asked_for(
    source: &Source<'_>,
    chart: &Chart,
    number: usize,
) -> Result<Vec<Entry>, ReportError> {
    let stage = chart.stage.as_deref().unwrap_or_default();
    let mut entries = charts(source, chart, &format!("{number}-{stage}-{}", chart.y()))?;
    if let Some(baseline) = &chart.baseline {
        let measured = source.measurements.stage(stage);
        for found in
            measured.map(|stage| baselines(source.measurements, stage, Some(baseline))).unwrap_or_default()
        {
            entries.extend(beside(source, chart, found, &format!("{number}-{stage}-{}", chart.y()))?);
        }
    }
    Ok(entries)
}

/// The charts of one `[[chart]]`, or of a default: one for each combination of the axes that are neither on
/// its lines nor told apart by them, and several where lines are too many to be told apart in one.
fn charts(source: &Source<'_>, chart: &Chart, name: &str) -> Result<Vec<Entry>, ReportError> {
    let title = chart.title.clone().unwrap_or_else(|| default_title(source, chart));
    let omitted = |why: String| Ok(vec![Entry::Omitted { title: title.clone(), why }]);
    let y = source.measurements.numbers(chart.y())?;
    let mut layouts = Vec::new();
    for name in chart.stages() {
        let measured = source.measurements.stage(name).filter(|stage| !stage.settings.is_empty());
        let Some(stage) = measured else {
            return omitted(format!("nothing of stage {name} was measured"));
        };
        match Layout::of(source, stage, chart)? {
            Ok(layout) => layouts.push(layout),
            Err(why) => return omitted(why),
        }
    }
    if let Some(facet) = unchanging(source, chart, &layouts) {
        return omitted(format!("`{facet}` changes nothing in {}", of_stages(chart)));
    }
    let sweep = SweepChart { source, chart, y: &y, shown: quantity(source, chart.y()), baseline: None };
    let mut series: Vec<Series<'_>> = Vec::new();
    for layout in &layouts {
        // The lines of one stage come after those of another.
        let before = series.iter().map(|series| series.place + 1).max().unwrap_or(0);
        let own = layout.series(source, &y).into_iter();
        series.extend(own.map(|own| Series { place: before + own.place, ..own }));
    }
    let entries = sweep.all(&title, name, &series);
    if entries.is_empty() {
        return omitted(format!("no network of {} was measured to its end", of_stages(chart)));
    }
    Ok(entries)
}

/// Single seeds that one chart shows beside their means: more would hide the lines.
const MOST_SINGLES: usize = 240;

/// The axis of the panels, where it is swept but of none of the stages.
fn unchanging<'c>(source: &Source<'_>, chart: &'c Chart, layouts: &[Layout<'_>]) -> Option<&'c str> {
    let facet = chart.facet.as_deref()?;
    let is_swept = source.measurements.axes.iter().any(|axis| axis.key == facet);
    (is_swept && layouts.iter().all(|layout| layout.panels.is_empty())).then_some(facet)
}

/// One chart while it is made.
struct SweepChart<'a> {
    source: &'a Source<'a>,
    chart: &'a Chart,
    y: &'a Numbers,
    /// What `y` is.
    shown: Quantity,
    /// What it is the difference to, where it is one.
    baseline: Option<&'a str>,
}

impl SweepChart<'_> {
    /// A chart for each combination of the axes that are neither on the lines nor told apart by them.
    fn all(&self, title: &str, name: &str, series: &[Series<'_>]) -> Vec<Entry> {
        let mut entries = Vec::new();
        let single = series.chunk_by(|a, b| a.chart == b.chart).count() == 1;
        for (number, series) in series.chunk_by(|a, b| a.chart == b.chart).enumerate() {
            let of = self.source.measurements.describe(&series[0].layout.charts, &series[0].chart);
            let title = if of.is_empty() { title.to_owned() } else { format!("{title} ({of})") };
            let name = if single { name.to_owned() } else { format!("{name}-{}", number + 1) };
            entries.extend(self.parts(&title, &name, series));
        }
        entries
    }

    /// Lines to compare with in one panel: the networks before pruning, or the baseline itself.
    fn references<'s>(
        &self,
        series: impl Iterator<Item = &'s Series<'s>>,
        shows: impl Fn(&Mean<'_>) -> bool,
        seeds: usize,
    ) -> References {
        if let Some(baseline) = self.baseline {
            return References { lines: vec![(baseline.to_owned(), Estimate::of(&[0.0]))], note: None };
        }
        let mut series = series.peekable();
        let said = series.peek().map(|series| series.layout.panels.clone()).unwrap_or_default();
        let drawn = series.map(|series| {
            let settings = series.points.iter().filter(|mean| shows(mean)).map(|mean| mean.setting);
            (series.layout.stage, settings.collect())
        });
        References::of(self.source, drawn, self.y, seeds, &said)
    }

    fn parts(&self, title: &str, name: &str, series: &[Series<'_>]) -> Vec<Entry> {
        let categories = self.categories(series);
        let horizontal = self.horizontal(series, categories.as_ref());
        // A category stands where its number is among those that are there.
        let place = |x: f64| match &categories {
            Some(values) => values.iter().take_while(|&&value| f64::from(value) < x).count() as f64,
            None => x,
        };
        let shows = |mean: &Mean<'_>| {
            let has_x = match horizontal {
                Horizontal::Numbers(scale) => mean.x.is_some_and(|x| has_place(scale, x)),
                Horizontal::Categories(_) => true,
            };
            has_x && mean.y.is_some_and(|y| y.is_finite())
        };
        let shown = series.iter().filter(|series| series.points.iter().any(shows)).collect::<Vec<_>>();
        let hidden: Vec<String> = series
            .iter()
            .flat_map(|series| {
                let points = series.points.iter().filter(|mean| !shows(mean));
                points.map(|mean| nowhere(self.source, self.chart, series.layout.stage, mean))
            })
            .collect();
        if shown.is_empty() {
            let why = format!("no point of it has a place on its axes: {}", some_of(&hidden));
            return vec![Entry::Omitted { title: title.to_owned(), why }];
        }
        let sheets = sheets(&shown);
        let part = |(number, sheet): (usize, &Sheet<'_, '_>)| {
            let part = Part { number, count: sheets.len() };
            let series = sheet.series();
            let means = || series.iter().flat_map(|series| &series.points).filter(|mean| shows(mean));
            let seeds = range(means().filter_map(|mean| Some(mean.y?.n)));
            let references =
                sheet.panels.iter().map(|panel| self.references(panel.series(), shows, *seeds.end()));
            let references = References::in_panels(references.collect());
            let singles: usize = means().map(|mean| mean.seeds.len()).sum();
            let shows_singles = *seeds.end() > 1 && singles <= MOST_SINGLES;
            let subtitle = [
                Some(measured_on(self.source.record)),
                Some(meaning(&seeds, when(&series), self.interval(&horizontal, &series))),
                shows_singles.then(|| "dots: single seeds".to_owned()),
                self.baseline.map(|_| "differences paired by seed".to_owned()),
                means_along(&series, *seeds.end()),
                references.iter().find_map(|references| references.note.clone()),
                self.absent(),
                self.ended_early(&series),
                (!hidden.is_empty()).then(|| format!("not shown: {}", some_of(&hidden))),
            ];
            let looks = looks(&sheet.lines.iter().map(|series| series.place).collect::<Vec<_>>());
            let line = |((named_by, look), series): ((&&Series<'_>, &usize), &Option<&Series<'_>>)| {
                let points = series.iter().flat_map(|series| &series.points).filter(|mean| shows(mean));
                let point = |mean: &Mean<'_>| {
                    let (x, y) = (mean.x?, mean.y?);
                    let singles = series.iter().flat_map(|series| series.layout.singles(mean, self.y));
                    let singles = singles.filter(|&(x, _)| match horizontal {
                        Horizontal::Numbers(scale) => has_place(scale, x),
                        Horizontal::Categories(_) => true,
                    });
                    let singles = singles.filter(|_| shows_singles).map(|(x, y)| (place(x), y));
                    let note = note(y.n, *seeds.end());
                    Some(Point { x: place(x), y, seeds: singles.collect(), note })
                };
                Line {
                    label: self.label(named_by),
                    look: *look,
                    points: points.filter_map(point).collect(),
                    points_shown: Points::Marked,
                }
            };
            let title = format!("{title}{}", part.of());
            let subtitle = sentence(subtitle);
            let chart = |(panel, references): (&SheetPanel<'_, '_>, References)| LineChart {
                title: panel.named_by.map_or(title.clone(), |series| self.panel(series)),
                subtitle: subtitle.clone(),
                x: quantity(self.source, self.chart.x()),
                y: self.shown.clone(),
                horizontal: horizontal.clone(),
                legend: self.legend(&series),
                lines: sheet.lines.iter().zip(&looks).zip(&panel.lines).map(line).collect(),
                references: references.lines,
            };
            let mut charts: Vec<LineChart> = sheet.panels.iter().zip(references).map(chart).collect();
            let picture = match sheet.panels[0].named_by {
                None => Picture::Lines(charts.remove(0)),
                Some(_) => Picture::Panels(PanelChart { title, subtitle, panels: charts }),
            };
            Entry::Drawn { name: format!("{name}{}", part.suffix("-")), picture }
        };
        sheets.iter().enumerate().map(part).collect()
    }

    /// What sets the panel of `series` apart.
    fn panel(&self, series: &Series<'_>) -> String {
        self.source.measurements.describe(&series.layout.panels, &series.panel)
    }

    /// The values along an axis of words that some setting of `series` has; `None` along numbers.
    fn categories(&self, series: &[Series<'_>]) -> Option<BTreeSet<u32>> {
        match series.first()?.layout.along {
            Along::Axis(axis) if self.source.measurements.axes[axis].numbers.is_none() => {
                let means = series.iter().flat_map(|series| &series.points);
                Some(means.filter_map(|mean| Some(mean.x? as u32)).collect())
            }
            Along::Axis(_) | Along::Round | Along::Seed | Along::Measured(_) => None,
        }
    }

    fn horizontal(&self, series: &[Series<'_>], categories: Option<&BTreeSet<u32>>) -> Horizontal {
        let along = series.first().map(|series| &series.layout.along);
        if let (Some(Along::Axis(axis)), Some(values)) = (along, categories) {
            let labels = &self.source.measurements.axes[*axis].labels;
            return Horizontal::Categories(
                values.iter().map(|&value| labels[value as usize].clone()).collect(),
            );
        }
        let means = series.iter().flat_map(|series| &series.points);
        Horizontal::Numbers(scale(self.chart, means.filter_map(|mean| mean.x)))
    }

    /// How intervals are drawn: as a band where some line goes from one point to the next.
    fn interval(&self, horizontal: &Horizontal, series: &[&Series<'_>]) -> &'static str {
        let has_line = series.iter().any(|series| series.points.len() > 1);
        if has_line && matches!(horizontal, Horizontal::Numbers(_)) { "band" } else { "bar" }
    }

    /// The settings of which no seed was measured to its end.
    fn absent(&self) -> Option<String> {
        let mut stages = self.chart.stages().filter_map(|name| self.source.measurements.stage(name));
        match self.chart.beside.is_empty() {
            true => absent(self.source, stages.next()?),
            false => absent_of(self.source, stages),
        }
    }

    /// Why later rounds are of fewer seeds, where that is so because the others were not good enough any more.
    fn ended_early(&self, series: &[&Series<'_>]) -> Option<String> {
        let mut stages = self.chart.stages().filter_map(|name| self.source.measurements.stage(name));
        let may_end = stages.any(|stage| stage.settings.iter().any(Setting::may_end_early));
        let has_fewer = series.iter().any(|series| {
            let seeds = series.points.iter().filter_map(|mean| Some(mean.y?.n));
            seeds.clone().min() != seeds.max()
        });
        (may_end && has_fewer)
            .then(|| "later rounds: those seeds alone that were good enough before".to_owned())
    }

    fn label(&self, series: &Series<'_>) -> String {
        let Layout { stage, group, .. } = series.layout;
        let labels = Naming::of_stage(self.source, stage, group).labels(&series.group);
        let labels = labels.into_iter().map(str::to_owned);
        let name = (!self.chart.beside.is_empty()).then(|| stage.name.clone());
        let seed = series.seed.map(|seed| format!("seed {seed}"));
        let parts: Vec<String> = name.into_iter().chain(labels).chain(seed).collect();
        if parts.is_empty() { stage.name.clone() } else { parts.join(" · ") }
    }

    fn legend(&self, series: &[&Series<'_>]) -> String {
        let axes = |series: &&Series<'_>| {
            let Layout { stage, group, by_seed, .. } = series.layout;
            let names = Naming::of_stage(self.source, stage, group).axes();
            names.into_iter().chain(by_seed.then_some("seed")).collect::<Vec<_>>().join(" · ")
        };
        let all: BTreeSet<String> = series.iter().map(axes).filter(|axes| !axes.is_empty()).collect();
        // Stages that differ in axes of their own have no names in common.
        let axes = if all.len() == 1 { all.into_iter().next() } else { None };
        let stage = (!self.chart.beside.is_empty()).then(|| "stage".to_owned());
        stage.into_iter().chain(axes).collect::<Vec<_>>().join(" · ")
    }
}

/// What a measured x is the mean of, where there is more than one seed.
pub(super) fn means_along(series: &[&Series<'_>], seeds: usize) -> Option<String> {
    let is_measured = |series: &&Series<'_>| matches!(series.layout.along, Along::Measured(_));
    (seeds > 1 && series.iter().any(is_measured)).then(|| "x: the mean of the same seeds".to_owned())
}

/// After which round was measured, where there is a choice.
pub(super) fn when(series: &[&Series<'_>]) -> &'static str {
    let has_choice = |series: &&Series<'_>| {
        let has_rounds = series.points.iter().any(|mean| mean.setting.last_round > 1);
        has_rounds && series.layout.is_of_last_rounds()
    };
    if series.iter().any(has_choice) { " after the last round" } else { "" }
}

/// `stage sparse`, or `stages gradual, rigl`.
fn of_stages(chart: &Chart) -> String {
    let names: Vec<&str> = chart.stages().collect();
    format!("stage{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
}

fn default_title(source: &Source<'_>, chart: &Chart) -> String {
    format!("{}: {}", against(source, chart), of_stages(chart))
}

#[cfg(test)]
mod tests;
