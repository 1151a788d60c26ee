//! The three tables.

use crate::plan::{NodeId, Plan};
use crate::run::Summary;
use polars::prelude::DataFrame;
use std::path::Path;

/// `measurements`, `history` and `layers`, as Polars frames.
#[derive(Clone, Debug)]
pub struct Tables {
    pub measurements: DataFrame,
    pub history: DataFrame,
    pub layers: DataFrame,
}

#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    #[error("{path}: {problem}")]
    File { path: String, problem: String },
}

impl Tables {
    /// The rows of all trials whose nodes have a summary.
    pub fn gather<'a>(plan: &Plan, summary: impl Fn(NodeId) -> Option<&'a Summary>) -> Self {
        let _ = (plan, summary(0));
        todo!()
    }

    /// Writes `measurements.parquet` and `.csv`, `history.parquet`, `layers.parquet` into `dir`.
    pub fn write(&self, dir: &Path) -> Result<(), TablesError> {
        let _ = dir;
        todo!()
    }

    pub fn read(dir: &Path) -> Result<Self, TablesError> {
        let _ = dir;
        todo!()
    }
}
