//! What nodes do: one file a kind of work.
//!
//! [`Runner`] makes nodes on a backend and keeps what they leave. A kind of work says where its training
//! starts from ([`train`], [`round`]), with what it [`needs`] of other nodes; [`measure`] says what came out.

mod measure;
mod needs;
mod round;
mod runner;
mod train;

pub(super) use runner::{Attempt, Reuse, Runner};

use crate::draw::Draw;
use crate::plan::{Key, Node};
use crate::run::StoreError;
use crate::train::{Checkpoint, Training};

/// Why a node left nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// It was told to stop.
    Interrupted,
    Error(String),
    /// The store cannot be written to, for this node or any other.
    Store(StoreError),
}

impl Failure {
    fn error(error: impl std::fmt::Display) -> Self {
        Self::Error(error.to_string())
    }

    /// Of writing: what cannot be stored is the node's error, and everything else the store's.
    fn storing(error: StoreError) -> Self {
        match error {
            StoreError::Unstorable { .. } => Self::error(error),
            StoreError::Damaged { .. } | StoreError::OtherVersion { .. } | StoreError::Io { .. } => {
                Self::Store(error)
            }
        }
    }
}

/// What a training, or the one after a round, is given.
struct Start<'a> {
    training: &'a Training,
    checkpoint: Checkpoint,
    teacher: Option<Key>,
    draw: Draw,
}

/// Names the draws of a training: by its stage.
fn scope(node: &Node) -> Draw {
    Draw::new(node.seed, &*node.stage)
}
