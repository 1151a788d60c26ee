//! Why a node left nothing.

use crate::run::{NodeError, StoreError};

/// Why a node left nothing.
#[derive(Debug)]
pub(in crate::run) enum Failure {
    /// It was told to stop.
    Interrupted,
    /// Of this node alone.
    Node(NodeError),
    /// The store cannot be written to, for this node or any other.
    Store(StoreError),
}

impl Failure {
    pub(in crate::run) fn error(error: impl std::fmt::Display) -> Self {
        Self::Node(NodeError::Failed(error.to_string()))
    }

    /// Of pruning or training: it is the same at every attempt.
    pub(super) fn impossible(error: impl std::fmt::Display) -> Self {
        Self::Node(NodeError::Impossible(error.to_string()))
    }

    /// Of reading: what is damaged is the node's error, and what cannot be read now says nothing of the node.
    pub(super) fn reading(error: StoreError) -> Self {
        match error {
            StoreError::Io { .. } | StoreError::OtherVersion { .. } => {
                Self::Node(NodeError::Unread(error.to_string()))
            }
            StoreError::Damaged { .. } | StoreError::Unstorable { .. } => Self::error(error),
        }
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
