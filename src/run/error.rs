//! What kept a run from beginning, or from going on.

use super::StoreError;
use crate::backend::Unavailable;

/// What kept a run from beginning, or from going on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Backend(#[from] Unavailable),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{workers} workers cannot be started: {problem}")]
    Workers { workers: usize, problem: String },
    /// Nothing more could be stored, so nothing more was trained.
    #[error(
        "{source}; the run stopped with {done} of {nodes} nodes done, and goes on from there when it is started \
         again"
    )]
    Stopped { source: StoreError, done: usize, nodes: usize },
}

impl RunError {
    pub(super) fn workers(workers: usize, problem: impl std::fmt::Display) -> Self {
        Self::Workers { workers, problem: problem.to_string() }
    }
}
