//! Why a node left nothing.

use crate::run::StoreError;

/// Why a node left nothing.
#[derive(Debug)]
pub(in crate::run) enum Failure {
    /// It was told to stop.
    Interrupted,
    Error(String),
    /// The store cannot be written to, for this node or any other.
    Store(StoreError),
}

impl Failure {
    pub(super) fn error(error: impl std::fmt::Display) -> Self {
        Self::Error(error.to_string())
    }

    /// Of writing: what cannot be stored is the node's error, and everything else the store's.
    pub(super) fn storing(error: StoreError) -> Self {
        match error {
            StoreError::Unstorable { .. } => Self::error(error),
            StoreError::Damaged { .. } | StoreError::OtherVersion { .. } | StoreError::Io { .. } => {
                Self::Store(error)
            }
        }
    }
}
