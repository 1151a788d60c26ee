//! A search: one node that obtains rounds under their ordinary keys until it knows which of them leaves the smallest
//! network that is good enough.

use super::key::SearchKey;
use super::{Key, Round, Rounds};
use crate::prune::Limit;

/// Looks for the smallest network that is good enough still.
#[derive(Clone, Debug)]
pub struct Search {
    /// The node whose network the stage starts from: how good that is says how good is good enough.
    pub from: Key,
    pub limit: Limit,
    pub candidates: Candidates,
    pub rounds: Rounds,
    /// What one of them does.
    pub round: Round,
}

/// Among which networks it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// Those of any sparsity, of which at most `probes` are tried.
    Sparsities { probes: u32 },
    /// Those after the rounds of a schedule, one after the other until one is not good enough.
    Rounds,
}

impl Search {
    /// How many networks are tried at most.
    pub fn most(&self) -> u32 {
        match self.candidates {
            Candidates::Sparsities { probes } => probes,
            Candidates::Rounds => self.rounds.count(),
        }
    }

    /// Training steps of all that are tried at most.
    pub fn steps(&self) -> u64 {
        self.round.steps().saturating_mul(self.most().into())
    }

    /// Its key, where those of the rounds of the schedule, or of the probe at half the weights, are `keys`.
    pub(super) fn key(&self, stage: &str, keys: Vec<Key>) -> Key {
        let (probes, allocation) = match self.candidates {
            Candidates::Sparsities { probes } => (Some(probes), Some(self.rounds.allocation())),
            Candidates::Rounds => (None, None),
        };
        Key::of_node(&SearchKey {
            from: self.from,
            stage,
            limit: self.limit,
            rounds: keys,
            allocation,
            probes,
        })
    }
}
