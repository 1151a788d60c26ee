//! Runs a plan's nodes on workers, each durable in the store as soon as it is done.

use super::events::{Event, Reporter};
use super::panics;
use super::scheduler::{Next, Scheduler};
use super::wanted::Wanted;
use super::work::{Attempt, Failure, Reuse, Runner};
use super::workers::{default_workers, thread_pool};
use super::{Inputs, Store, StoreError, Summary};
use crate::backend::{Unavailable, WithBackend, with_backend};
use crate::kernel::Kernel;
use crate::plan::{Node, NodeId, Plan};
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
    let wanted = Wanted::of(plan);
    let reuse = if options.fresh { Reuse::Nothing } else { Reuse::Stored };
    let look = Look::through(plan, store, &wanted, reuse, reporter);
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
            let execution =
                Execution { plan, store, inputs, wanted: &wanted, reuse, look, workers, stop, reporter };
            with_backend(plan.backend, execution)??
        }
    };
    reporter.report(Event::Ended);
    Ok(outcome)
}

/// What the store has of a plan.
struct Look {
    summaries: Vec<Option<Summary>>,
    damaged: Vec<String>,
}

impl Look {
    /// Checks everything under the plan's keys against its digests.
    fn through(plan: &Plan, store: &Store, wanted: &Wanted, reuse: Reuse, reporter: &dyn Reporter) -> Self {
        let mut look = Self { summaries: vec![None; plan.nodes.len()], damaged: Vec::new() };
        if reuse == Reuse::Nothing {
            return look;
        }
        for (id, node) in plan.nodes.values().enumerate() {
            match wanted.finished(store, node.key) {
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
}

/// A run on a backend that is still to be chosen.
struct Execution<'a> {
    plan: &'a Plan,
    store: &'a Store,
    inputs: &'a Inputs,
    wanted: &'a Wanted,
    reuse: Reuse,
    look: Look,
    workers: usize,
    stop: &'a AtomicBool,
    reporter: &'a dyn Reporter,
}

impl WithBackend for Execution<'_> {
    type Output = Result<RunOutcome, RunError>;

    fn call<B: Kernel>(self, device: B::Device) -> Self::Output {
        let Self { plan, store, inputs, wanted, reuse, look, workers, stop, reporter } = self;
        let runner = Runner::<B>::new(plan, store, inputs, wanted, device);
        let attempt = |node: &Node, begin: &dyn Fn(), control: &Control<'_>| {
            runner.attempt(node, reuse, begin, control)
        };
        execute(plan, look, workers, stop, reporter, &attempt)
    }
}

/// How a node is done: told when it begins to compute, and how far it is.
type Try<'a> = dyn Fn(&Node, &dyn Fn(), &Control<'_>) -> Attempt + Sync + 'a;

fn execute(
    plan: &Plan,
    look: Look,
    workers: usize,
    stop: &AtomicBool,
    reporter: &dyn Reporter,
    attempt: &Try<'_>,
) -> Result<RunOutcome, RunError> {
    let needs: Vec<_> = (0..plan.nodes.len()).map(|id| plan.needs(id)).collect();
    let is_done: Vec<_> = look.summaries.iter().map(Option::is_some).collect();
    let cached = is_done.iter().filter(|done| **done).count();
    let pools = (0..workers).map(|_| thread_pool(workers));
    let pools = pools.collect::<Result<Vec<_>, _>>().map_err(|error| RunError::Workers(error.to_string()))?;
    let hall = Hall {
        plan,
        stop,
        reporter,
        attempt,
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
    stop: &'a AtomicBool,
    reporter: &'a dyn Reporter,
    attempt: &'a Try<'a>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    scheduler: Scheduler,
    trials: Trials,
    look: Look,
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
        let begin = || self.reporter.report(Event::Started { id, node });
        let progress = |Progress { step, steps }| self.reporter.report(Event::Stepped { id, step, steps });
        let control = Control { stop: self.stop, progress: &progress };
        let done = panics::catch(|| pool.install(|| (self.attempt)(node, &begin, &control)));
        done.unwrap_or_else(|panic| Attempt::Failed(Failure::Error(panic)))
    }

    fn settle(&self, id: NodeId, attempt: Attempt) {
        let node = &self.plan.nodes[id];
        let mut state = self.state();
        match attempt {
            Attempt::Busy => state.scheduler.busy_elsewhere(id),
            Attempt::Failed(Failure::Interrupted) => state.scheduler.given_up(),
            Attempt::Failed(Failure::Error(error)) => {
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
