//! What can keep a report from being written.

use crate::results::{FolderError, MeasurementsError, TablesError};

/// What kept a report from being written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("a chart cannot be drawn: {0}")]
    Draw(String),
    #[error(transparent)]
    Measurements(#[from] MeasurementsError),
    #[error(transparent)]
    Tables(#[from] TablesError),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl ReportError {
    pub(super) fn draw(error: impl std::fmt::Display) -> Self {
        Self::Draw(error.to_string())
    }
}

impl From<polars::prelude::PolarsError> for ReportError {
    fn from(error: polars::prelude::PolarsError) -> Self {
        Self::Measurements(error.into())
    }
}
