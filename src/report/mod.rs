//! Charts and text from tables: one file a kind of chart.

mod canvas;
mod charts;
mod distillation;
mod dot_chart;
mod files;
mod line_chart;
mod protocol;
mod results_table;
mod rows;
mod scale;
mod statistics;
mod style;
mod sweep_chart;
mod text;
mod training_curves;

use crate::results::{Record, Tables};
use polars::prelude::PolarsError;
use std::path::Path;

/// What kept a report from being written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("a chart cannot be drawn: {0}")]
    Draw(String),
    #[error("the tables are not those of an experiment: {0}")]
    Table(#[from] PolarsError),
    #[error("{path}: {source}")]
    Io { path: String, source: std::io::Error },
}

impl ReportError {
    fn draw(error: impl std::fmt::Display) -> Self {
        Self::Draw(error.to_string())
    }
}

/// Writes `report.md` and `charts/*.svg` + `*.png` into `dir`; a chart that is there and is no longer
/// drawn is removed.
pub fn write(record: &Record, tables: &Tables, dir: &Path) -> Result<(), ReportError> {
    let rows = rows::Rows::read(record, tables)?;
    let charts = charts::charts(record, tables, &rows)?;
    let folder = dir.join("charts");
    for chart in &charts {
        chart.write(&folder)?;
    }
    let names: Vec<String> = charts.iter().map(|chart| chart.name.clone()).collect();
    files::keep_only(&folder, &names)?;
    let text = text::report(record, &rows, &charts)?;
    files::write(&dir.join("report.md"), text.as_bytes())
}
