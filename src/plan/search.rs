//! A search: one node that obtains rounds under their ordinary keys until it knows which of them is the smallest
//! network that is good enough.

use super::key::SearchKey;
use super::{Key, Node, Round, Rounds, Work};
use crate::prune::{Limit, Requested, Sparsity};
use std::sync::Arc;

/// Looks for the smallest network that is good enough still.
#[derive(Clone, Debug)]
pub struct Search {
    /// The node whose network the stage starts from: how good that is says how good is good enough.
    pub from: Key,
    pub limit: Limit,
    pub candidates: Candidates,
}

/// Among which networks it looks.
#[derive(Clone, Debug)]
pub enum Candidates {
    /// Those of any sparsity, of which at most `probes` are tried.
    Sparsities {
        rounds: Arc<Rounds>,
        /// What a probe is like: the one at half the weights.
        probe: Box<Node>,
        probes: u32,
    },
    /// Those after the rounds of a schedule, one after the other until one is not good enough.
    Rounds(Arc<[Node]>),
}

impl Search {
    /// Among the networks that `rounds` makes at any sparsity.
    pub(super) fn of_sparsities(rounds: Rounds, limit: Limit, probes: u32) -> Self {
        let half = Sparsity::try_from(0.5).expect("it is a share");
        let probe = Box::new(rounds.at(half));
        let from = rounds.from;
        Self { from, limit, candidates: Candidates::Sparsities { rounds: Arc::new(rounds), probe, probes } }
    }

    /// Among the networks after each of `rounds`, which begin with that of node `from`.
    pub(super) fn of_rounds(from: Key, rounds: Vec<Node>, limit: Limit) -> Self {
        Self { from, limit, candidates: Candidates::Rounds(rounds.into()) }
    }

    /// Its node.
    pub(super) fn node(self) -> Node {
        let first = self.candidates.first().clone();
        let requested = Requested { target: self.limit.name(), value: Some(self.limit.within()) };
        Node {
            key: self.key(&first.stage),
            round: 0,
            steps: self.candidates.steps(),
            requested: Some(requested),
            work: Work::Search(Arc::new(self)),
            ..first
        }
    }

    /// The round called `key` of the schedule that it goes through.
    pub fn round(&self, key: Key) -> Option<&Node> {
        match &self.candidates {
            Candidates::Sparsities { .. } => None,
            Candidates::Rounds(rounds) => rounds.iter().find(|round| round.key == key),
        }
    }

    fn key(&self, stage: &str) -> Key {
        let Self { from, limit, candidates } = self;
        let (probe, probes, allocation, rounds) = match candidates {
            Candidates::Sparsities { rounds, probe, probes } => {
                (Some(probe.key), Some(*probes), Some(&rounds.prune.allocation), Vec::new())
            }
            Candidates::Rounds(rounds) => (None, None, None, rounds.iter().map(|node| node.key).collect()),
        };
        Key::of_node(&SearchKey { from: *from, stage, limit: *limit, probe, allocation, probes, rounds })
    }
}

impl Candidates {
    /// One of them; what it needs, they all need.
    pub fn first(&self) -> &Node {
        match self {
            Self::Sparsities { probe, .. } => probe,
            Self::Rounds(rounds) => &rounds[0],
        }
    }

    /// How many of them are tried at most.
    pub fn most(&self) -> u32 {
        match self {
            Self::Sparsities { probes, .. } => *probes,
            Self::Rounds(rounds) => rounds.len() as u32,
        }
    }

    /// Training steps of all that are tried at most.
    pub fn steps(&self) -> u64 {
        self.first().steps.saturating_mul(self.most().into())
    }

    /// The work that one of them does.
    pub(super) fn round(&self) -> &Round {
        match &self.first().work {
            Work::Round(round) => round,
            Work::Train { .. } | Work::Search(_) => unreachable!("a search is among rounds"),
        }
    }
}
