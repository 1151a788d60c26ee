//! How many nodes are done at a time, and with how many threads each.

use crate::backend::BackendKind;
use crate::plan::{NodeId, Plan};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::collections::BTreeMap;

/// Nodes at a time where nobody says: one a core, but no more than can ever run at the same time; one on a
/// GPU.
pub fn default_workers(plan: &Plan, missing: &[NodeId]) -> usize {
    match plan.backend {
        BackendKind::Cuda => 1,
        BackendKind::Flex | BackendKind::Ndarray => cores().min(widest(plan, missing)),
    }
}

/// The threads of one of so many workers: its share of the cores.
pub(super) fn thread_pool(workers: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new().num_threads((cores() / workers).max(1)).build()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The largest number of missing nodes that are equally far from the beginning.
fn widest(plan: &Plan, missing: &[NodeId]) -> usize {
    let mut depth = vec![0usize; plan.nodes.len()];
    let mut width = BTreeMap::new();
    for &id in missing {
        let needs = plan.needs(id);
        depth[id] = 1 + needs.into_iter().map(|need| depth[need]).max().unwrap_or(0);
        *width.entry(depth[id]).or_insert(0) += 1;
    }
    width.into_values().max().unwrap_or(1)
}
