//! What the store has of a plan before anything runs.

use super::wanted::{Found, Wanted};
use super::work::Reuse;
use super::{Store, Summary};
use crate::plan::{NodeId, Plan};

/// What the store has of each node.
pub(super) struct Inventory {
    /// What an earlier run left, also where the node is to be made again.
    pub summaries: Vec<Option<Summary>>,
    pub done: Vec<bool>,
}

impl Inventory {
    /// Checks everything under the plan's keys against its digests. What cannot be read counts as missing:
    /// it is looked at again, and spoken of, by whoever holds the node's lock.
    pub fn of(plan: &Plan, store: &Store, wanted: &Wanted, reuse: Reuse) -> Self {
        let found = plan.nodes.keys().map(|&key| wanted.find(store, key).unwrap_or_default());
        let (done, summaries) = found
            .map(|found| match found {
                Found { course: Some(course), measurement: Some(measurement), probes, missing } => {
                    let is_done = reuse == Reuse::Stored && missing.is_empty();
                    (is_done, Some(Summary { measurement, course, probes }))
                }
                Found { .. } => (false, None),
            })
            .unzip();
        Self { summaries, done }
    }

    /// The nodes that are not done.
    pub fn missing(&self) -> Vec<NodeId> {
        (0..self.done.len()).filter(|&id| !self.done[id]).collect()
    }
}
