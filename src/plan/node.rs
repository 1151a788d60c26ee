//! The unit of work and of caching.

use super::Key;
use crate::data::{Data, held_out};
use crate::model::{Cost, Graph, Model};
use crate::prune::{Pruning, Request, Requested};
use crate::train::{OptimizerState, Training};
use std::sync::Arc;

/// Index of a node in its plan.
pub type NodeId = usize;

/// A training, or one round of a `prune` stage.
#[derive(Clone, Debug)]
pub struct Node {
    pub key: Key,
    /// The stage it belongs to; it scopes its random draws, so it is part of the key.
    pub stage: Arc<str>,
    /// 0 for a training, 1… for the rounds of a `prune` stage.
    pub round: u32,
    pub seed: u64,
    pub data: Arc<Data>,
    pub origin: Arc<Origin>,
    pub work: Work,
    /// Training steps it takes; those that can be expected, where they depend on how small the network gets.
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
        if let Work::Round(round) = &self.work {
            needs.push(round.from);
        }
        needs.extend(self.rewind().map(|rewind| rewind.root));
        needs.sort_unstable();
        needs.dedup();
        needs
    }

    /// Steps of its training with the network of the origin that cost as much: a smaller one takes more of them where
    /// its budget is of multiply-accumulates.
    pub fn steps_of_origin(&self) -> u64 {
        match &self.work {
            Work::Train { training, .. } => training.steps,
            Work::Round(round) => round.training.steps - round.recovery.start(),
        }
    }

    /// Evaluations that its scan of the layers takes as long as: it looks at the validation split alone.
    pub fn scan_evaluations(&self) -> f64 {
        let Work::Round(round) = &self.work else { return 0.0 };
        let Request::Scan { sparsities, .. } = &round.pruning.request else { return 0.0 };
        let (shape, networks) = (self.data.source.shape(), 1 + round.pruning.layers.len() * sparsities.len());
        let validation = held_out(shape.train, self.data.validation);
        networks as f64 * validation as f64 / (validation + shape.test) as f64
    }

    /// The training, or the one that recovers after a round.
    pub fn training(&self) -> &Training {
        match &self.work {
            Work::Train { training, .. } => training,
            Work::Round(round) => &round.training,
        }
    }

    /// Where its recovery goes back to, if it does.
    pub fn rewind(&self) -> Option<Rewind> {
        match &self.work {
            Work::Train { .. } => None,
            Work::Round(round) => round.rewind(),
        }
    }

    /// The node whose network teaches.
    pub fn teacher(&self) -> Option<Key> {
        match &self.work {
            Work::Train { teacher, .. } => *teacher,
            Work::Round(round) => round.teacher,
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

#[cfg(test)]
mod tests {
    use crate::plan::testing::planned;

    // 75 of 100 images train: 8 steps of 10. Half of the multiply-accumulates are left of one network, and a quarter of
    // the other.
    #[test]
    fn steps_of_equal_macs_are_those_that_the_target_lets_expect() {
        let plan = planned(
            r#"
            title = "A case"
            data = { source.synthetic = { train = 100, test = 20 }, validation = 0.25 }
            [stage.dense.train]
            model.mlp = { hidden = [10] }
            epochs = 1
            batch = 10
            [stage.small.prune]
            from = "dense"
            importance = "magnitude"
            granularity = "channel"
            target.macs = 0.5
            recover = { epochs = 1, budget = "equal-macs" }
            [stage.even.prune]
            from = "dense"
            importance = "magnitude"
            granularity = "channel"
            target.sparsity = 0.75
            recover = { epochs = 1, budget = "equal-macs" }
            "#,
        );
        let steps = |stage: &str| {
            let node = plan.nodes.values().find(|node| &*node.stage == stage).unwrap();
            (node.steps, node.steps_of_origin())
        };
        assert_eq!((steps("dense"), steps("small"), steps("even")), ((8, 8), (16, 8), (32, 8)));
    }

    // The network as it is, and two layers at three sparsities, on 25 of the 45 images of an evaluation.
    #[test]
    fn a_scan_takes_an_evaluation_for_each_layer_and_sparsity() {
        let plan = planned(
            r#"
            title = "A case"
            data = { source.synthetic = { train = 100, test = 20 }, validation = 0.25 }
            [stage.dense.train]
            model.mlp = { hidden = [10] }
            epochs = 1
            [stage.sparse.prune]
            from = "dense"
            importance = "magnitude"
            allocation.sensitivity-scan.sparsities = [0.5, 0.8, 0.9]
            target.sparsity = 0.8
            "#,
        );
        let found: Vec<f64> = plan.nodes.values().map(|node| node.scan_evaluations()).collect();
        assert_eq!(found, [0.0, 7.0 * 25.0 / 45.0]);
    }
}
