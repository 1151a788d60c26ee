//! The unit of work and of caching.

use super::{Key, Rewind, Round, Search};
use crate::data::{Data, held_out};
use crate::model::{Cost, Graph, Model};
use crate::prune::{Request, Requested};
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
    /// Training steps it takes; those that can be expected, where they depend on how small the network gets. A search, at
    /// most.
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
    Train {
        training: Arc<Training>,
        teachers: Arc<[Key]>,
        /// The networks that train beside it and teach it.
        peers: Arc<[Arc<Origin>]>,
    },
    Round(Round),
    Search(Arc<Search>),
}

impl Node {
    /// The nodes that must be done before this one, each once.
    pub fn needs(&self) -> Vec<Key> {
        let mut needs = Vec::new();
        needs.extend(self.teachers());
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

    /// Steps of its training with the network of the origin that cost as much: a smaller one takes more of them where
    /// its budget is of multiply-accumulates.
    pub fn steps_of_origin(&self) -> u64 {
        match &self.work {
            Work::Train { training, .. } => training.steps,
            Work::Round(round) => round.steps(),
            Work::Search(search) => search.steps(),
        }
    }

    /// Steps of its trainings before the first of the student, where the loss trains something by itself: none where it
    /// goes on from a checkpoint, which has that.
    pub fn pretraining(&self) -> u64 {
        let goes_on = self.rewind().is_some_and(|rewind| rewind.step > 0);
        let of_each = if goes_on { 0 } else { self.training().loss.pretraining() };
        of_each.saturating_mul(self.trainings().into())
    }

    /// Evaluations that its scans of the layers take as long as: they look at the validation split alone.
    pub fn scan_evaluations(&self) -> f64 {
        let Some(round) = self.pruned() else { return 0.0 };
        let Request::Scan { sparsities, .. } = &round.pruning.request else { return 0.0 };
        let (shape, networks) = (self.data.source.shape(), 1 + round.pruning.layers.len() * sparsities.len());
        let validation = held_out(shape.train, self.data.validation);
        let evaluations = networks as f64 * validation as f64 / (validation + shape.test) as f64;
        evaluations * f64::from(self.trainings())
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

    /// The networks that train beside that of the node, and teach it as it teaches them.
    pub fn peers(&self) -> &[Arc<Origin>] {
        match &self.work {
            Work::Train { peers, .. } => peers,
            Work::Round(_) | Work::Search(_) => &[],
        }
    }

    /// Multiply-accumulates of its training for an image, in one forward pass of each network that is trained.
    pub fn macs_trained(&self) -> u64 {
        let peers = self.peers().iter().map(|peer| peer.cost.macs);
        peers.fold(self.origin.cost.macs, u64::saturating_add)
    }

    /// The nodes whose networks teach, in the order of the training's teachers.
    pub fn teachers(&self) -> &[Key] {
        match &self.work {
            Work::Train { teachers, .. } => teachers,
            Work::Round(round) => &round.teachers,
            Work::Search(search) => &search.round.teachers,
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
