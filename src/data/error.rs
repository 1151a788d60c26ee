//! What can be wrong with a data set on disk.

use std::path::PathBuf;

/// Each message names the file, what was expected, and where to get it.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{path}: {problem}")]
    File { path: PathBuf, problem: String, help: String },
}
