//! What searches tried that found nothing.

use super::{SearchLog, Store, Summary};
use crate::plan::{NodeId, Plan};
use std::collections::BTreeMap;

/// What searches tried that found nothing: no result, and a log and numbers of the networks.
#[derive(Debug, Default)]
pub struct Tried(BTreeMap<NodeId, (SearchLog, Vec<Option<Summary>>)>);

impl Tried {
    /// What the searches of `plan` tried that have none of `summaries`. What is not there, or cannot be read, is left
    /// out: the next run of the search tries it again.
    pub fn of(plan: &Plan, store: &Store, summaries: &[Option<Summary>]) -> Self {
        let without = plan
            .nodes
            .values()
            .zip(summaries)
            .enumerate()
            .filter(|(_, (node, summary))| summary.is_none() && node.search().is_some());
        let tried = without.filter_map(|(id, (node, _))| {
            let log = store.search_log(node.key).ok().flatten()?;
            let probes = store.probes(Some(&log)).ok().flatten()?;
            Some((id, (log, probes)))
        });
        Self(tried.collect())
    }

    /// What the search `node` tried, in that order, with the numbers of what was left of it.
    pub fn by(&self, node: NodeId) -> Option<(&SearchLog, &[Option<Summary>])> {
        self.0.get(&node).map(|(log, probes)| (log, &**probes))
    }
}
