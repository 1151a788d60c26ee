//! The unit of work and of caching.

use super::{Key, Search};
use crate::data::Data;
use crate::model::{Cost, Graph, Model};
use crate::prune::{Pruning, Requested};
use crate::train::{OptimizerState, Training};
use std::sync::Arc;

/// Index of a node in its plan.
pub type NodeId = usize;

/// A training, one round of a `prune` stage, or a search among such rounds.
#[derive(Clone, Debug)]
pub struct Node {
    pub key: Key,
    /// The stage it belongs to; it scopes its random draws, so it is part of the key.
    pub stage: Arc<str>,
    /// 0 for a training and a search, 1… for the rounds of a `prune` stage.
    pub round: u32,
    pub seed: u64,
    pub data: Arc<Data>,
    pub origin: Arc<Origin>,
    pub work: Work,
    /// Training steps it takes; a search, at most.
    pub steps: u64,
    /// What its stage asked for by the end of this round; nothing for a training.
    pub requested: Option<Requested>,
    /// The sparsity of the whole network that follows from all that was asked for so far; for estimates.
    pub expected_sparsity: f64,
}

/// The network a chain of nodes begins with, before anything was removed: its graph and what it costs.
/// Shared by all nodes that come from it.
#[derive(Clone, Debug)]
pub struct Origin {
    pub model: Model,
    pub graph: Arc<Graph>,
    /// Digest of the graph: part of the key of a training.
    pub digest: Key,
    pub cost: Cost,
}

#[derive(Clone, Debug)]
pub enum Work {
    Train { training: Arc<Training>, teacher: Option<Key> },
    Round(Round),
    Search(Arc<Search>),
}

/// One prune-and-recover turn.
#[derive(Clone, Debug)]
pub struct Round {
    /// The node whose network is pruned.
    pub from: Key,
    pub pruning: Arc<Pruning>,
    /// What recovers; its batch size and loss are also those that importance takes gradients with.
    pub training: Arc<Training>,
    /// Teaches the recovery, and the loss whose gradient importance takes.
    pub teacher: Option<Key>,
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

impl Node {
    /// The nodes that must be done before this one, each once.
    pub fn needs(&self) -> Vec<Key> {
        let mut needs = Vec::new();
        needs.extend(self.teacher());
        needs.extend(self.pruned().map(|round| round.from));
        needs.extend(self.rewind().map(|rewind| rewind.root));
        needs.sort_unstable();
        needs.dedup();
        needs
    }

    /// The round that it is, or one of those that it searches.
    pub fn pruned(&self) -> Option<&Round> {
        match &self.work {
            Work::Train { .. } => None,
            Work::Round(round) => Some(round),
            Work::Search(search) => Some(search.candidates.round()),
        }
    }

    /// The search that it is.
    pub fn search(&self) -> Option<&Search> {
        match &self.work {
            Work::Train { .. } | Work::Round(_) => None,
            Work::Search(search) => Some(search),
        }
    }

    /// How many trainings it takes, at most.
    pub fn trainings(&self) -> u32 {
        match &self.work {
            Work::Train { .. } | Work::Round(_) => 1,
            Work::Search(search) => search.candidates.most(),
        }
    }

    /// The training, or the one that recovers after a round.
    pub fn training(&self) -> &Training {
        match &self.work {
            Work::Train { training, .. } => training,
            Work::Round(round) => &round.training,
            Work::Search(search) => &search.candidates.round().training,
        }
    }

    /// Where its recovery goes back to, if it does.
    pub fn rewind(&self) -> Option<Rewind> {
        self.pruned().and_then(Round::rewind)
    }

    /// The node whose network teaches.
    pub fn teacher(&self) -> Option<Key> {
        match &self.work {
            Work::Train { teacher, .. } => *teacher,
            Work::Round(round) => round.teacher,
            Work::Search(search) => search.candidates.round().teacher,
        }
    }
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
    /// Where the recovery goes back to, if it does.
    pub fn rewind(&self) -> Option<Rewind> {
        match self.recovery {
            Recovery::Absent | Recovery::FineTune { .. } => None,
            Recovery::Rewind(rewind) => Some(rewind),
        }
    }
}
