//! What a plan costs, with and without sharing.

use super::{Node, Origin, Plan};
use crate::model::Model;
use std::sync::Arc;

impl Plan {
    /// Nodes there would be if no trial shared any.
    pub fn nodes_unshared(&self) -> u64 {
        self.unshared(|_| 1)
    }

    /// Training steps of all nodes.
    pub fn steps(&self) -> u64 {
        self.nodes.values().map(|node| node.steps).fold(0, u64::saturating_add)
    }

    /// Training steps there would be if no trial shared any.
    pub fn steps_unshared(&self) -> u64 {
        self.unshared(|node| node.steps)
    }

    fn unshared(&self, cost: impl Fn(&Node) -> u64) -> u64 {
        let nodes = self.trials.iter().flat_map(|trial| &trial.stages).flat_map(|stage| &stage.nodes);
        nodes.map(|&node| cost(&self.nodes[node])).fold(0, u64::saturating_add)
    }

    /// For each node, the cost of the longest chain of nodes that starts with it, in multiply-accumulates:
    /// what a worker should take first.
    pub fn urgency(&self) -> Vec<u64> {
        let mut behind = vec![0u64; self.nodes.len()];
        for (id, node) in self.nodes.values().enumerate().rev() {
            let urgency = behind[id].saturating_add(node.cost());
            behind[id] = urgency;
            for needed in self.needs(id) {
                behind[needed] = behind[needed].max(urgency);
            }
        }
        behind
    }

    /// The networks that every stage begins with, each once: stage, model, network.
    pub fn origins(&self) -> Vec<(&str, &Model, &Origin)> {
        let mut found: Vec<(&str, &Model, &Origin)> = Vec::new();
        for stage in &self.stages {
            let mut last: Option<&Arc<Origin>> = None;
            for node in self.nodes.values().filter(|node| *node.stage == **stage) {
                let is_new = !last.is_some_and(|last| Arc::ptr_eq(last, &node.origin))
                    && !found.iter().any(|(name, model, _)| name == stage && **model == node.origin.model);
                if is_new {
                    found.push((stage, &node.origin.model, &node.origin));
                }
                last = Some(&node.origin);
            }
        }
        found
    }
}

impl Node {
    /// Multiply-accumulates of its training, roughly: three times a forward pass a step, and one unit so
    /// that a node without steps counts too.
    fn cost(&self) -> u64 {
        let images = self.steps_of_origin().saturating_mul(self.training().batch as u64);
        images.saturating_mul(self.macs_trained()).saturating_mul(3).saturating_add(1)
    }
}
