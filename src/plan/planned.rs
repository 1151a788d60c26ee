//! What will be run.

use super::{Candidates, Fingerprints, Key, Node, NodeId, Trial};
use crate::backend::BackendKind;
use crate::spec::{Axis, Chart, Labels, PlannedClaim};
use indexmap::IndexMap;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What will be run: the trials of the sweep, and the graph of nodes they share.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment's name: its results directory.
    pub name: String,
    /// The files that it was read from: its own after those that it extends.
    pub files: Vec<PathBuf>,
    pub title: String,
    pub question: Option<String>,
    pub backend: BackendKind,
    /// With the values that some trial has.
    pub axes: Vec<Axis>,
    /// The number of what each axis moves with: one for the axes of a `zip`, which advance together.
    pub groups: Vec<usize>,
    /// Stage names in the order in which they build on each other.
    pub stages: Vec<String>,
    /// For each stage, the axes that can change what it gives: its own, and those of all it builds on.
    pub reach: Vec<Vec<usize>>,
    pub trials: Vec<Trial>,
    /// In an order in which every node comes after those it needs.
    pub nodes: IndexMap<Key, Node>,
    /// Trainings whose teachers are asked of the same augmented images by another one.
    pub draws_alike: BTreeSet<Key>,
    /// Of the data of all trials.
    pub fingerprints: Fingerprints,
    pub charts: Vec<Chart>,
    pub claims: Vec<PlannedClaim>,
    /// What values of axes are called where people read of them.
    pub labels: Labels,
    /// The written experiment as JSON (merged, without the sweep), for the record and the report.
    pub experiment: serde_json::Value,
    /// The written sweep; null where there is none.
    pub sweep: serde_json::Value,
}

impl Plan {
    /// Whether a chart or a claim is of a latency, which is measured only then.
    pub fn needs_latency(&self) -> bool {
        let is_claimed = |planned: &PlannedClaim| Chart::LATENCY.contains(&&*planned.claim.metric);
        self.charts.iter().any(Chart::draws_latency) || self.claims.iter().any(is_claimed)
    }

    /// BLAKE3 of the keys of all nodes: the same for plans that run the same.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for key in self.nodes.keys() {
            hasher.update(key.to_string().as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// The node called `key`, which a node of this plan needs.
    pub fn node(&self, key: Key) -> &Node {
        &self.nodes[&key]
    }

    /// The node called `key`, where that is one of the plan, or a round that one of its searches may run.
    pub fn find(&self, key: Key) -> Option<Cow<'_, Node>> {
        let searches = || self.nodes.values().filter_map(Node::search);
        let rounds = || searches().filter(|search| search.candidates == Candidates::Rounds);
        let mut rounds = rounds().flat_map(|search| search.rounds.of_schedule().0);
        let planned = self.nodes.get(&key).map(Cow::Borrowed);
        planned.or_else(|| rounds.find(|round| round.key == key).map(Cow::Owned))
    }

    /// Trainings that searches take, at most.
    pub fn probes(&self) -> u64 {
        let searches = self.nodes.values().filter(|node| node.search().is_some());
        searches.map(|node| u64::from(node.trainings())).sum()
    }

    /// The nodes that must be done before node `id`.
    pub fn needs(&self, id: NodeId) -> Vec<NodeId> {
        self.nodes[id].needs().into_iter().map(|key| self.id(key)).collect()
    }

    /// The index of the node called `key`, which a node of this plan is or needs.
    pub fn id(&self, key: Key) -> NodeId {
        self.nodes.get_index_of(&key).expect("a plan holds all that its nodes need")
    }
}
