//! From an experiment to the smallest set of trainings that answers it: [`Plan`].

mod build;
mod key;
mod node;
mod trial;

pub use build::{PlanError, plan};
pub use key::Key;
pub use node::{Network, Node, NodeId, Recovery, Rewind, Round, Work};
pub use trial::{StageRounds, Trial};

use crate::kernel::BackendKind;
use crate::spec::{Axis, Chart};

/// What will be run: the trials of the sweep, and the graph of nodes they share.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment's name: its results directory.
    pub name: String,
    pub title: String,
    pub question: Option<String>,
    pub backend: BackendKind,
    pub axes: Vec<Axis>,
    /// Stage names in the order in which they build on each other.
    pub stages: Vec<String>,
    pub trials: Vec<Trial>,
    /// In an order in which every node comes after those it needs.
    pub nodes: Vec<Node>,
    pub charts: Vec<Chart>,
    /// The written experiment as JSON (merged, without the sweep), for the record and the report.
    pub experiment: serde_json::Value,
}

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
}
