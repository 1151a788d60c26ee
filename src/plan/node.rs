//! The unit of work and of caching.

use super::{Key, Rewind, Round, Search};
use crate::data::Data;
use crate::model::{Cost, Graph, Model};
use crate::prune::Requested;
use crate::train::Training;
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
            Work::Search(search) => Some(&search.round),
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
            Work::Search(search) => search.most(),
        }
    }

    /// The training, or the one that recovers after a round.
    pub fn training(&self) -> &Training {
        match &self.work {
            Work::Train { training, .. } => training,
            Work::Round(round) => &round.training,
            Work::Search(search) => &search.round.training,
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
            Work::Search(search) => search.round.teacher,
        }
    }
}
