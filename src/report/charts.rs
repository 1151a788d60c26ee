//! Which charts a report has.

use super::ReportError;
use super::canvas;
use super::distillation;
use super::dot_chart::DotChart;
use super::line_chart::LineChart;
use super::rows::Rows;
use super::sweep_chart;
use super::training_curves;
use crate::results::{Record, Tables};
use crate::spec::Chart;
use std::path::Path;

/// One chart and the name of its files.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub name: String,
    pub chart: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Lines(LineChart),
    Dots(DotChart),
}

impl Drawn {
    pub fn title(&self) -> &str {
        match &self.chart {
            Kind::Lines(chart) => &chart.title,
            Kind::Dots(chart) => &chart.title,
        }
    }

    pub fn write(&self, folder: &Path) -> Result<(), ReportError> {
        match &self.chart {
            Kind::Lines(chart) => canvas::write(chart, folder, &self.name),
            Kind::Dots(chart) => canvas::write(chart, folder, &self.name),
        }
    }
}

/// The charts that the experiment asks for; without any, accuracy against sparsity of every `prune` stage,
/// accuracy of every student setting, and training curves.
pub(super) fn charts(record: &Record, tables: &Tables, rows: &Rows<'_>) -> Result<Vec<Drawn>, ReportError> {
    let mut drawn = Vec::new();
    if !record.charts.is_empty() {
        for (index, chart) in record.charts.iter().enumerate() {
            let name = format!("{}-{}-{}", index + 1, chart.stage, chart.y);
            drawn.extend(sweep_chart::charts(record, rows, chart, &name)?);
        }
        return Ok(drawn);
    }
    for stage in record.stages.iter().filter(|stage| stage.from.is_some()) {
        drawn.extend(sweep_chart::charts(record, rows, &Chart::of(&stage.name), &stage.name)?);
    }
    drawn.extend(distillation::chart(record, rows)?);
    for stage in &record.stages {
        drawn.extend(training_curves::chart(record, tables, rows, stage)?);
    }
    Ok(drawn)
}

/// What all measurements of an experiment have in common, for subtitles.
pub(super) fn measured_on(record: &Record) -> String {
    let sources: Vec<&str> = record.data.iter().map(|data| data.source.as_str()).collect();
    sources.join(", ")
}

/// `mean of 3 seeds, band: 95 % confidence interval (Student's t)`
pub(super) fn meaning(seeds: usize, interval: &str) -> String {
    match seeds {
        1 => "one seed (n = 1), so no interval".to_owned(),
        n => format!("mean of {n} seeds, {interval}: 95 % confidence interval (Student’s t)"),
    }
}
