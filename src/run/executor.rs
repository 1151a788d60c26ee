//! Runs a plan's nodes on workers, each durable in the store as soon as it is done.

use super::events::{Event, Reporter};
use super::inventory::Inventory;
use super::wanted::Wanted;
use super::work::{Reuse, Runner};
use super::worker_pool::{Ended, WorkerPool};
use super::workers::workers;
use super::{Inputs, NodeError, RunError, Store, Summary};
use crate::backend::{WithBackend, with_backend};
use crate::kernel::Kernel;
use crate::plan::{Key, Names, Node, NodeId, Plan};
use crate::train::Control;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// How a run is done: nothing here changes a number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Nodes at a time; by default as many as there are cores, and two on a GPU.
    pub workers: Option<usize>,
    /// Make everything again; what is stored stays until what takes its place is whole.
    pub fresh: bool,
}

/// How a run went.
#[derive(Debug)]
pub struct RunOutcome {
    /// What each node left, in this run or an earlier one; `None` where there is nothing.
    pub summaries: Vec<Option<Summary>>,
    /// Nodes that failed or could not be read, or need one of which that is so, with its error.
    pub failed: BTreeMap<NodeId, NodeError>,
    /// Nodes that were in the store already.
    pub cached: usize,
    /// Nodes that were run, here or by another process meanwhile.
    pub done: usize,
    /// What the user should know, each a sentence: artifacts that were set aside and made again, a slow device.
    pub warnings: Vec<String>,
    pub interrupted: bool,
}

/// Runs what is missing of `plan`. `stop`, once set, lets every node go at its next step.
pub fn run(
    plan: &Plan,
    store: &Store,
    inputs: &Inputs,
    options: Options,
    stop: &AtomicBool,
    reporter: &dyn Reporter,
) -> Result<RunOutcome, RunError> {
    store.prepare()?;
    let wanted = Wanted::of(plan);
    let reuse = if options.fresh { Reuse::Nothing } else { Reuse::Stored };
    let inventory = Inventory::of(plan, store, &wanted, reuse);
    let missing = inventory.missing();
    let workers = workers(options.workers, plan, &missing);
    let cached = plan.nodes.len() - missing.len();
    reporter.report(Event::Begun { plan, cached, workers });
    let outcome = if missing.is_empty() {
        let Inventory { summaries, .. } = inventory;
        let (failed, warnings) = (BTreeMap::new(), Vec::new());
        RunOutcome { summaries, failed, cached, done: 0, warnings, interrupted: false }
    } else {
        let names = Names::of(plan);
        let execution = Execution {
            plan,
            names: &names,
            store,
            inputs,
            wanted: &wanted,
            reuse,
            inventory,
            workers,
            stop,
            reporter,
        };
        with_backend(plan.backend, execution)??
    };
    reporter.report(Event::Ended);
    Ok(outcome)
}

/// A run on a backend that is still to be chosen.
struct Execution<'a> {
    plan: &'a Plan,
    names: &'a Names,
    store: &'a Store,
    inputs: &'a Inputs,
    wanted: &'a Wanted,
    reuse: Reuse,
    inventory: Inventory,
    workers: usize,
    stop: &'a AtomicBool,
    reporter: &'a dyn Reporter,
}

impl WithBackend for Execution<'_> {
    type Output = Result<RunOutcome, RunError>;

    fn call<B: Kernel>(self, device: B::Device) -> Self::Output {
        let Self { plan, names, store, inputs, wanted, reuse, inventory, workers, stop, reporter } = self;
        let told = Mutex::new(Vec::new());
        let set_aside = |key: Key, why: &str| {
            let id = plan.nodes.get_index_of(&key);
            let name = id.map_or_else(|| key.to_string(), |id| names.node(id));
            reporter.report(Event::SetAside { name: &name, why });
            told.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{name} {why}"));
        };
        let runner = Runner::<B>::new(plan, store, inputs, wanted, reuse, &set_aside, device);
        let attempt =
            |node: &Node, begin: &dyn Fn(), control: &Control<'_>| runner.attempt(node, begin, control);
        let cached = inventory.done.iter().filter(|done| **done).count();
        let pool = WorkerPool::new(plan, names, inventory, stop, reporter, &attempt);
        let Ended { mut summaries, done, failed, broken } = pool.run(workers)?;
        if let Some(source) = broken {
            return Err(RunError::Stopped { source, done: done + cached, nodes: plan.nodes.len() });
        }
        // What an earlier run left of a node that fails now says nothing of this run.
        failed.keys().for_each(|&id| summaries[id] = None);
        Ok(RunOutcome {
            interrupted: stop.load(Ordering::Relaxed) && done + cached + failed.len() < plan.nodes.len(),
            warnings: told.into_inner().unwrap_or_else(PoisonError::into_inner),
            summaries,
            failed,
            cached,
            done,
        })
    }
}
