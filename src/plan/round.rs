//! One prune-and-recover turn, and how it recovers.

use super::Key;
use crate::prune::Pruning;
use crate::train::{OptimizerState, Training};
use std::sync::Arc;

/// One prune-and-recover turn.
#[derive(Clone, Debug)]
pub struct Round {
    /// The node whose network is pruned.
    pub from: Key,
    pub pruning: Arc<Pruning>,
    /// What recovers; its batch size and loss are also those that importance takes gradients with.
    pub training: Arc<Training>,
    /// Teach the recovery, and the loss whose gradient importance takes: in the order of the training's teachers.
    pub teachers: Arc<[Key]>,
    pub recovery: Recovery,
}

/// The training after a round of pruning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// There is none; the training has no steps.
    Absent,
    /// From the pruned weights, with a fresh optimizer, from step `start` of its training on: a later one than
    /// 0 where the learning rate is rewound.
    FineTune { start: u64 },
    /// From an earlier point of the training that made the dense network, to its end.
    Rewind(Rewind),
}

/// Back to the checkpoint that training `root` had after `step` steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewind {
    pub root: Key,
    pub step: u64,
    pub optimizer_state: OptimizerState,
}

impl Recovery {
    /// The first step of its training that is taken.
    pub fn start(&self) -> u64 {
        match *self {
            Self::Absent => 0,
            Self::FineTune { start } | Self::Rewind(Rewind { step: start, .. }) => start,
        }
    }
}

impl Round {
    /// Training steps of its recovery.
    pub fn steps(&self) -> u64 {
        self.training.steps - self.recovery.start()
    }

    /// Where the recovery goes back to, if it does.
    pub fn rewind(&self) -> Option<Rewind> {
        match self.recovery {
            Recovery::Absent | Recovery::FineTune { .. } => None,
            Recovery::Rewind(rewind) => Some(rewind),
        }
    }
}
