//! What a plan costs, with and without sharing.

use super::{Network, Node, Plan, Work};
use crate::model::Model;
use std::sync::Arc;

impl Plan {
    /// Nodes there would be if no trial shared any.
    pub fn nodes_unshared(&self) -> u64 {
        self.unshared(|_| 1)
    }

    /// Training steps of all nodes.
    pub fn steps(&self) -> u64 {
        self.nodes.iter().map(|node| node.steps).sum()
    }

    /// Training steps there would be if no trial shared any.
    pub fn steps_unshared(&self) -> u64 {
        self.unshared(|node| node.steps)
    }

    fn unshared(&self, cost: impl Fn(&Node) -> u64) -> u64 {
        let nodes = self.trials.iter().flat_map(|trial| &trial.stages).flat_map(|stage| &stage.nodes);
        nodes.map(|&node| cost(&self.nodes[node])).sum()
    }

    /// For each node, the cost of the longest chain of nodes that starts with it, in multiply-accumulates:
    /// what a worker should take first.
    pub fn urgency(&self) -> Vec<u64> {
        let mut behind = vec![0; self.nodes.len()];
        for (id, node) in self.nodes.iter().enumerate().rev() {
            let urgency = behind[id] + node.cost();
            behind[id] = urgency;
            for needed in node.needs() {
                behind[needed] = behind[needed].max(urgency);
            }
        }
        behind
    }

    /// Every stage's networks, each once: stage, model, network.
    pub fn networks(&self) -> Vec<(&str, &Model, &Network)> {
        let mut found: Vec<(&str, &Model, &Network)> = Vec::new();
        for stage in &self.stages {
            let mut last: Option<&Arc<Network>> = None;
            for node in self.nodes.iter().filter(|node| *node.stage == **stage) {
                let is_new = !last.is_some_and(|last| Arc::ptr_eq(last, &node.network))
                    && !found.iter().any(|(name, model, _)| name == stage && **model == node.network.model);
                if is_new {
                    found.push((stage, &node.network.model, &node.network));
                }
                last = Some(&node.network);
            }
        }
        found
    }
}

impl Node {
    /// Multiply-accumulates of its training, roughly: three times a forward pass a step, and one unit so
    /// that a node without steps counts too.
    fn cost(&self) -> u64 {
        let training = match &self.work {
            Work::Train { training, .. } => training,
            Work::Round(round) => &round.training,
        };
        1 + self.steps * 3 * self.network.cost.macs * training.batch as u64
    }
}
