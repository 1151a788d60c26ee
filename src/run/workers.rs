//! How many nodes are done at a time, and with how many threads each.

use super::{RunError, memory_of_machine};
use crate::panics::Panics;
use crate::plan::{NodeId, Plan};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::collections::BTreeMap;
use std::time::Duration;

/// Trainings that share a GPU: one alone leaves it idle while its next operations are prepared.
const GPU_WORKERS: usize = 2;

/// How often a node that another process is doing is looked at again, and how long a worker without work
/// waits at most.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Nodes at a time, of those in `missing`: as many as `asked` for, where somebody asks, but no more than there
/// are.
pub fn workers(asked: Option<usize>, plan: &Plan, missing: &[NodeId]) -> usize {
    asked.unwrap_or_else(|| by_default(plan, missing)).min(missing.len()).max(1)
}

/// Nodes at a time where nobody says: one a core, but no more than can ever run at the same time, or fit into
/// memory together; two on a GPU.
fn by_default(plan: &Plan, missing: &[NodeId]) -> usize {
    let at_most = if plan.backend.is_gpu() { GPU_WORKERS } else { cores() };
    at_most.min(widest(plan, missing)).min(fitting(plan, missing)).max(1)
}

/// How many of the largest training fit into memory, of those that fit at all.
fn fitting(plan: &Plan, missing: &[NodeId]) -> usize {
    let Some(machine) = memory_of_machine() else { return usize::MAX };
    let sizes = missing.iter().map(|&id| plan.memory(&plan.nodes[id])).filter(|size| *size <= machine);
    sizes.max().map_or(usize::MAX, |size| (machine / size.max(1)) as usize)
}

/// The threads of one worker. A panic of any of them is caught.
#[derive(Debug)]
pub(super) struct Threads {
    pool: ThreadPool,
    panics: Panics,
}

impl Threads {
    /// Those of one of `workers`: its share of the cores.
    pub fn of_one(workers: usize) -> Result<Self, RunError> {
        Self::so_many((cores() / workers).max(1)).map_err(|error| RunError::workers(workers, error))
    }

    /// A single one.
    pub fn single() -> Result<Self, RunError> {
        Self::so_many(1).map_err(|error| RunError::workers(1, error))
    }

    fn so_many(count: usize) -> Result<Self, ThreadPoolBuildError> {
        let panics = Panics::default();
        let here = panics.clone();
        let threads = ThreadPoolBuilder::new().num_threads(count);
        let pool = threads.start_handler(move |_| here.leave_here()).build()?;
        Ok(Self { pool, panics })
    }

    /// What `compute` gives on these threads, or what it panicked with.
    pub fn run<T: Send>(&self, compute: impl FnOnce() -> T + Send) -> Result<T, String> {
        self.panics.catch(|| self.pool.install(compute))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;

    #[test]
    fn there_are_no_more_workers_than_missing_nodes() {
        let plan = planned(
            "title = \"A case\"
            data.source = \"digits\"
            sweep.seed = [0, 1, 2]
            [stage.dense.train]
            model.mlp = { hidden = [8] }
            epochs = 1",
        );
        let of = |asked, missing: &[NodeId]| workers(Some(asked), &plan, missing);
        assert_eq!([of(3050, &[0, 2]), of(1, &[0, 2]), of(3050, &[])], [2, 1, 1]);
        assert!((1..=3).contains(&workers(None, &plan, &[0, 1, 2])));
    }
}
