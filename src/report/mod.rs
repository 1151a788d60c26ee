//! Charts and text from tables: one file a chart.

use crate::results::{Record, Tables};
use std::path::Path;

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("{0}")]
    Draw(String),
    #[error("{path}: {source}")]
    Io { path: String, source: std::io::Error },
}

/// Writes `report.md` and `charts/*.svg` + `*.png` into `dir`; a chart that is there and is no longer
/// drawn is removed.
pub fn write(record: &Record, tables: &Tables, dir: &Path) -> Result<(), ReportError> {
    let _ = (record, tables, dir);
    todo!()
}
