//! Why a node has no result.

/// Why a node has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeError {
    /// It failed, or needs one that did.
    Failed(String),
    /// Its network cannot be pruned as it was asked for, or its training diverged: at every attempt again.
    Impossible(String),
    /// It is in the store and could not be read, or needs one of which that is so: it may be there tomorrow.
    Unread(String),
}

impl NodeError {
    pub fn message(&self) -> &str {
        match self {
            Self::Failed(message) | Self::Impossible(message) | Self::Unread(message) => message,
        }
    }
}
