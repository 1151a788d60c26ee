//! Runs a plan's nodes on workers, each durable in the store as soon as it is done.

use super::events::{Event, Reporter};
use super::panics;
use super::scheduler::{Next, Scheduler};
use super::work::{Bench, Failure, Made, wanted_checkpoints};
use super::workers::{default_workers, thread_pool};
use super::{Inputs, Store, StoreError, Summary};
use crate::backend::{Unavailable, WithBackend, with_backend};
use crate::kernel::Kernel;
use crate::plan::{NodeId, Plan};
use crate::train::{Control, Progress};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often a node that another process is doing is looked at again, and how long a worker without work
/// waits at most.
const PATIENCE: Duration = Duration::from_millis(50);

/// How a run is done: nothing here changes a number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Nodes at a time; by default as many as there are cores, and one on a GPU.
    pub workers: Option<usize>,
    /// Take nothing from the store.
    pub fresh: bool,
}

/// What kept a run from beginning.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Backend(#[from] Unavailable),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Workers(String),
}

/// How a run went.
#[derive(Debug)]
pub struct RunOutcome {
    /// What each node left; `None` where it did not finish.
    pub summaries: Vec<Option<Summary>>,
    /// Nodes that failed, or need one that did, with its error.
    pub failed: BTreeMap<NodeId, String>,
    /// Nodes that were in the store already.
    pub cached: usize,
    /// Nodes that were run, here or by another process meanwhile.
    pub done: usize,
    /// Artifacts that were damaged and made again, as the user is told.
    pub damaged: Vec<String>,
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
    let look = Look::through(plan, store, options.fresh, reporter);
    let missing: Vec<_> = (0..plan.nodes.len()).filter(|&id| look.summaries[id].is_none()).collect();
    let workers = options.workers.unwrap_or_else(|| default_workers(plan, &missing)).max(1);
    let cached = plan.nodes.len() - missing.len();
    reporter.report(Event::Begun { plan, cached, workers });
    let outcome = match missing.is_empty() {
        true => RunOutcome {
            summaries: look.summaries,
            failed: BTreeMap::new(),
            cached,
            done: 0,
            damaged: Vec::new(),
            interrupted: false,
        },
        false => {
            with_backend(plan.backend, Execution { plan, store, inputs, look, workers, stop, reporter })??
        }
    };
    reporter.report(Event::Ended);
    Ok(outcome)
}

/// What the store has of a plan.
struct Look {
    summaries: Vec<Option<Summary>>,
    damaged: Vec<String>,
    wanted: Vec<Vec<u64>>,
    fresh: bool,
}

impl Look {
    /// Checks everything under the plan's keys against its digests.
    fn through(plan: &Plan, store: &Store, fresh: bool, reporter: &dyn Reporter) -> Self {
        let wanted = wanted_checkpoints(plan);
        let mut look = Self { summaries: vec![None; plan.nodes.len()], damaged: Vec::new(), wanted, fresh };
        for (id, node) in plan.nodes.iter().enumerate().filter(|_| !fresh) {
            match look.finished(plan, store, id) {
                Ok(summary) => look.summaries[id] = summary,
                Err(error) => {
                    let problem = error.to_string();
                    reporter.report(Event::Damaged { node, problem: &problem });
                    look.damaged.push(problem);
                }
            }
        }
        look
    }

    /// The summary of node `id`, if it and all its wanted checkpoints are there and whole.
    fn finished(&self, plan: &Plan, store: &Store, id: NodeId) -> Result<Option<Summary>, StoreError> {
        let key = plan.nodes[id].key;
        let Some(summary) = store.verify(key)? else { return Ok(None) };
        for &step in &self.wanted[id] {
            if store.checkpoint(key, step)?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(summary))
    }
}

/// A run on a backend that is still to be chosen.
struct Execution<'a> {
    plan: &'a Plan,
    store: &'a Store,
    inputs: &'a Inputs,
    look: Look,
    workers: usize,
    stop: &'a AtomicBool,
    reporter: &'a dyn Reporter,
}

impl WithBackend for Execution<'_> {
    type Output = Result<RunOutcome, RunError>;

    fn call<B: Kernel>(self, device: B::Device) -> Self::Output {
        let Self { plan, store, inputs, look, workers, stop, reporter } = self;
        let bench = Bench::<B>::new(plan, store, inputs, device);
        let make = |id: NodeId, control: &Control<'_>| bench.make(id, control);
        execute(plan, store, look, workers, stop, reporter, &make)
    }
}

/// How a node is made.
type Make<'a> = dyn Fn(NodeId, &Control<'_>) -> Result<Made, Failure> + Sync + 'a;

fn execute(
    plan: &Plan,
    store: &Store,
    look: Look,
    workers: usize,
    stop: &AtomicBool,
    reporter: &dyn Reporter,
    make: &Make<'_>,
) -> Result<RunOutcome, RunError> {
    let needs: Vec<_> = plan.nodes.iter().map(|node| node.needs()).collect();
    let is_done: Vec<_> = look.summaries.iter().map(Option::is_some).collect();
    let cached = is_done.iter().filter(|done| **done).count();
    let pools = (0..workers).map(|_| thread_pool(workers));
    let pools = pools.collect::<Result<Vec<_>, _>>().map_err(|error| RunError::Workers(error.to_string()))?;
    let hall = Hall {
        plan,
        store,
        stop,
        reporter,
        make,
        state: Mutex::new(State {
            scheduler: Scheduler::new(&needs, plan.urgency(), &is_done),
            trials: Trials::new(plan, &is_done),
            look,
        }),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for pool in &pools {
            scope.spawn(|| hall.work(pool));
        }
    });
    let State { scheduler, look, .. } = hall.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    let done = look.summaries.iter().flatten().count() - cached;
    Ok(RunOutcome {
        done,
        cached,
        interrupted: stop.load(Ordering::Relaxed) && done + cached + scheduler.failures() < plan.nodes.len(),
        failed: scheduler.into_failed(),
        damaged: look.damaged,
        summaries: look.summaries,
    })
}

/// Where the workers meet.
struct Hall<'a> {
    plan: &'a Plan,
    store: &'a Store,
    stop: &'a AtomicBool,
    reporter: &'a dyn Reporter,
    make: &'a Make<'a>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    scheduler: Scheduler,
    trials: Trials,
    look: Look,
}

/// What became of one attempt at a node.
enum Attempt {
    Done(Box<Summary>),
    Busy,
    Interrupted,
    Failed(String),
}

impl Hall<'_> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker's life.
    fn work(&self, pool: &rayon::ThreadPool) {
        loop {
            let mut state = self.state();
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let (id, again) = match state.scheduler.next() {
                Next::End => break,
                Next::Wait => {
                    drop(self.changed.wait_timeout(state, PATIENCE));
                    continue;
                }
                Next::Do(id) => (id, false),
                Next::Look(id) => (id, true),
            };
            drop(state);
            if again {
                std::thread::sleep(PATIENCE);
            }
            let attempt = self.attempt(id, pool);
            self.settle(id, attempt);
        }
        self.changed.notify_all();
    }

    /// Does node `id`, unless another process is at it or has done it meanwhile.
    fn attempt(&self, id: NodeId, pool: &rayon::ThreadPool) -> Attempt {
        let node = &self.plan.nodes[id];
        let failed = |error: StoreError| Attempt::Failed(error.to_string());
        let _lock = match self.store.lock(node.key) {
            Ok(Some(lock)) => lock,
            Ok(None) => return Attempt::Busy,
            Err(error) => return failed(error),
        };
        let fresh = self.state().look.fresh;
        let there = if fresh { Ok(None) } else { self.finished(id) };
        match there {
            Ok(Some(summary)) => return Attempt::Done(Box::new(summary)),
            Ok(None) if !fresh => {}
            // Damaged, or not wanted.
            Ok(None) | Err(_) => {
                if let Err(error) = self.store.remove(node.key) {
                    return failed(error);
                }
            }
        }
        self.reporter.report(Event::Started { id, node });
        let progress = |Progress { step, steps }| self.reporter.report(Event::Stepped { id, step, steps });
        let control = Control { stop: self.stop, progress: &progress };
        let made = panics::catch(|| pool.install(|| (self.make)(id, &control)));
        match made.unwrap_or_else(|panic| Err(Failure::Error(panic))) {
            Ok(made) => self.keep(id, made).map_or_else(failed, |summary| Attempt::Done(Box::new(summary))),
            Err(Failure::Interrupted) => Attempt::Interrupted,
            Err(Failure::Error(error)) => Attempt::Failed(error),
        }
    }

    fn finished(&self, id: NodeId) -> Result<Option<Summary>, StoreError> {
        self.state().look.finished(self.plan, self.store, id)
    }

    /// Stores what a node left; checkpoints first, so that where the artifact is, they are. An artifact
    /// that is there already, made again for its checkpoints, stays.
    fn keep(&self, id: NodeId, made: Made) -> Result<Summary, StoreError> {
        let key = self.plan.nodes[id].key;
        for checkpoint in &made.checkpoints {
            self.store.put_checkpoint(key, checkpoint)?;
        }
        if let Some(summary) = self.store.verify(key)? {
            return Ok(summary);
        }
        self.store.put(key, &made.artifact)?;
        Ok(made.artifact.summary)
    }

    fn settle(&self, id: NodeId, attempt: Attempt) {
        let node = &self.plan.nodes[id];
        let mut state = self.state();
        match attempt {
            Attempt::Busy => state.scheduler.busy_elsewhere(id),
            Attempt::Interrupted => state.scheduler.given_up(),
            Attempt::Failed(error) => {
                state.scheduler.failed(id, &error);
                self.reporter.report(Event::Failed { id, node, error: &error });
            }
            Attempt::Done(summary) => {
                state.scheduler.done(id);
                let trials = state.trials.finish(id);
                state.look.summaries[id] = Some(*summary);
                let done = state.look.summaries.iter().flatten().count();
                let summary = state.look.summaries[id].as_ref().expect("it was just put there");
                self.reporter.report(Event::Finished { id, node, summary, done, trials });
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
