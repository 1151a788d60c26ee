//! The workers of a run: each takes the most urgent node that is ready, does it, and says what became of it.

use super::events::{Event, Reporter};
use super::inventory::Inventory;
use super::scheduler::{Next, Scheduler};
use super::work::{Attempt, Failure};
use super::workers::{POLL_INTERVAL, Threads};
use super::{NodeError, RunError, StoreError, Summary};
use crate::plan::{Names, Node, NodeId, Plan};
use crate::train::{Control, Progress};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

/// How a node is done: told when it begins to compute, and how far it is.
pub(super) type Do<'a> = dyn Fn(&Node, &dyn Fn(), &Control<'_>) -> Attempt + Sync + 'a;

/// What became of the nodes.
pub(super) struct Ended {
    pub summaries: Vec<Option<Summary>>,
    /// Nodes that were done, here or by another process meanwhile.
    pub done: usize,
    pub failed: BTreeMap<NodeId, NodeError>,
    /// Why nothing more could be stored.
    pub broken: Option<StoreError>,
}

/// Shared state of the workers.
pub(super) struct WorkerPool<'a> {
    plan: &'a Plan,
    names: &'a Names,
    stop: &'a AtomicBool,
    reporter: &'a dyn Reporter,
    attempt: &'a Do<'a>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    scheduler: Scheduler,
    trials: Trials,
    summaries: Vec<Option<Summary>>,
    cached: usize,
    done: usize,
    broken: Option<StoreError>,
    /// Nodes of other processes that the user was told we wait for.
    waited_for: BTreeSet<NodeId>,
}

impl<'a> WorkerPool<'a> {
    pub fn new(
        plan: &'a Plan,
        names: &'a Names,
        inventory: Inventory,
        stop: &'a AtomicBool,
        reporter: &'a dyn Reporter,
        attempt: &'a Do<'a>,
    ) -> Self {
        let needs: Vec<_> = (0..plan.nodes.len()).map(|id| plan.needs(id)).collect();
        let Inventory { summaries, done } = inventory;
        let state = State {
            scheduler: Scheduler::new(&needs, plan.urgency(), &done),
            trials: Trials::new(plan, &done),
            summaries,
            cached: done.iter().filter(|done| **done).count(),
            done: 0,
            broken: None,
            waited_for: BTreeSet::new(),
        };
        let (state, changed) = (Mutex::new(state), Condvar::new());
        Self { plan, names, stop, reporter, attempt, state, changed }
    }

    /// Does everything with so many `workers`.
    pub fn run(self, workers: usize) -> Result<Ended, RunError> {
        let threads = (0..workers).map(|_| Threads::of_one(workers));
        let threads = threads.collect::<Result<Vec<_>, _>>()?;
        std::thread::scope(|scope| {
            let pool = &self;
            let start = |threads| Builder::new().spawn_scoped(scope, move || pool.work(threads)).map(|_| ());
            threads.iter().try_for_each(start).inspect_err(|_| {
                // Those that were started let go.
                pool.stop.store(true, Ordering::Relaxed);
            })
        })
        .map_err(|error| RunError::workers(workers, error))?;
        let State { scheduler, summaries, done, broken, .. } =
            self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Ended { summaries, done, failed: scheduler.into_failed(), broken })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What one worker does until nothing is left, or the run is to stop.
    fn work(&self, threads: &Threads) {
        loop {
            let mut state = self.state();
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let next = state.scheduler.next();
            let id = match next {
                Next::End => break,
                Next::Wait => {
                    drop(self.changed.wait_timeout(state, POLL_INTERVAL));
                    continue;
                }
                Next::Do(id) | Next::Look(id) => id,
            };
            drop(state);
            if let Next::Look(_) = next {
                std::thread::sleep(POLL_INTERVAL);
            }
            let attempt = self.attempt(id, threads);
            self.settle(next, id, attempt);
        }
        self.changed.notify_all();
    }

    /// Does node `id`, unless another process is at it or has done it meanwhile.
    fn attempt(&self, id: NodeId, threads: &Threads) -> Attempt {
        let node = &self.plan.nodes[id];
        let begin = || {
            let name = self.names.node(id);
            self.reporter.report(Event::Started { id, name: &name, steps: node.steps });
        };
        let progress = |Progress { step, steps }| self.reporter.report(Event::Stepped { id, step, steps });
        let control = Control { stop: self.stop, progress: &progress };
        let done = threads.run(|| (self.attempt)(node, &begin, &control));
        done.unwrap_or_else(|panic| Attempt::Failed(Failure::error(panic)))
    }

    fn settle(&self, next: Next, id: NodeId, attempt: Attempt) {
        let name = self.names.node(id);
        let mut state = self.state();
        match attempt {
            Attempt::Busy(holder) => {
                state.scheduler.busy_elsewhere(id);
                // Where there is other work nobody waits.
                if let Next::Look(_) = next
                    && !holder.is_here()
                    && state.waited_for.insert(id)
                {
                    self.reporter.report(Event::Waiting { name: &name, holder });
                }
            }
            Attempt::Failed(Failure::Interrupted) => state.scheduler.given_up(),
            Attempt::Failed(Failure::Node(error)) => {
                self.reporter.report(Event::Failed { id, name: &name, error: error.message() });
                state.scheduler.failed(id, error);
            }
            Attempt::Failed(Failure::Store(error)) => {
                state.scheduler.given_up();
                state.broken.get_or_insert(error);
                self.stop.store(true, Ordering::Relaxed);
            }
            Attempt::Done(summary) => {
                state.scheduler.done(id);
                state.done += 1;
                let (trials, done) = (state.trials.finish(id), state.cached + state.done);
                let summary = state.summaries[id].insert(*summary);
                self.reporter.report(Event::Finished { id, name: &name, summary, done, trials });
            }
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// How many nodes each trial still waits for.
struct Trials {
    /// For each node, the trials that have it.
    of_node: Vec<Vec<u32>>,
    open: Vec<usize>,
    finished: usize,
}

impl Trials {
    fn new(plan: &Plan, is_done: &[bool]) -> Self {
        let mut of_node = vec![Vec::new(); plan.nodes.len()];
        let mut open = vec![0; plan.trials.len()];
        for (index, trial) in plan.trials.iter().enumerate() {
            for &node in trial.stages.iter().flat_map(|stage| &stage.nodes).filter(|&&node| !is_done[node]) {
                of_node[node].push(index as u32);
                open[index] += 1;
            }
        }
        let finished = open.iter().filter(|open| **open == 0).count();
        Self { of_node, open, finished }
    }

    /// Counts a node as done; gives the number of finished trials.
    fn finish(&mut self, node: NodeId) -> usize {
        for &trial in &self.of_node[node] {
            self.open[trial as usize] -= 1;
            self.finished += usize::from(self.open[trial as usize] == 0);
        }
        self.finished
    }
}
