//! Shows a run: bars on a terminal, plain lines elsewhere. All on standard error.

use super::Summary;
use super::events::{Event, Reporter};
use crate::plan::{Node, NodeId, Plan, Work};
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The reporter for where standard error goes.
pub fn reporter() -> Box<dyn Reporter> {
    if std::io::stderr().is_terminal() { Box::new(Bars::new()) } else { Box::new(Lines::default()) }
}

/// `sparse round 2 seed 0`
fn name(node: &Node) -> String {
    match node.work {
        Work::Train { .. } => format!("{} seed {}", node.stage, node.seed),
        Work::Round(_) => format!("{} round {} seed {}", node.stage, node.round, node.seed),
    }
}

/// `accuracy 0.9630 at sparsity 0.900 (1.2 s)`
fn result(summary: &Summary) -> String {
    let measurement = &summary.measurement;
    let sparsity = match measurement.sparsity {
        0.0 => String::new(),
        sparsity => format!(" at sparsity {sparsity:.3}"),
    };
    format!("accuracy {:.4}{sparsity} ({:.1} s)", measurement.accuracy, measurement.seconds)
}

fn begun(plan: &Plan, cached: usize, workers: usize) -> String {
    format!(
        "{}: {} trials, {} nodes, {cached} of them done already; {workers} worker{} on {}",
        plan.name,
        plan.trials.len(),
        plan.nodes.len(),
        if workers == 1 { "" } else { "s" },
        plan.backend
    )
}

fn damaged(node: &Node, problem: &str) -> String {
    format!("warning: {} is damaged and will be run again: {problem}", name(node))
}

fn failed(node: &Node, error: &str) -> String {
    format!("error: {}: {error}", name(node))
}

/// A line for each thing that happens.
#[derive(Debug, Default)]
struct Lines {
    nodes: Mutex<usize>,
}

impl Reporter for Lines {
    fn report(&self, event: Event<'_>) {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Begun { plan, cached, workers } => {
                *nodes = plan.nodes.len();
                eprintln!("{}", begun(plan, cached, workers));
            }
            Event::Damaged { node, problem } => eprintln!("{}", damaged(node, problem)),
            Event::Finished { node, summary, done, .. } => {
                eprintln!("[{done}/{}] {}: {}", *nodes, name(node), result(summary));
            }
            Event::Failed { node, error, .. } => eprintln!("{}", failed(node, error)),
            Event::Started { .. } | Event::Stepped { .. } | Event::Ended => {}
        }
    }
}

/// One bar for the whole run, one for each node at work.
#[derive(Debug)]
struct Bars {
    all: MultiProgress,
    state: Mutex<BarsState>,
}

#[derive(Debug)]
struct BarsState {
    whole: ProgressBar,
    nodes: BTreeMap<NodeId, ProgressBar>,
    trials: usize,
    cached: usize,
    begun: Instant,
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let state = BarsState {
            whole: ProgressBar::hidden(),
            nodes: BTreeMap::new(),
            trials: 0,
            cached: 0,
            begun: Instant::now(),
        };
        Self { all, state: Mutex::new(state) }
    }

    fn say(&self, line: String) {
        // A terminal that cannot be written to keeps nobody from running.
        let _ = self.all.println(line);
    }
}

impl BarsState {
    /// Time left, if what is left takes as long as what was done here.
    fn left(&self, done: usize, total: usize) -> String {
        let here = done.saturating_sub(self.cached);
        if here == 0 || done == total {
            return String::new();
        }
        let left = self.begun.elapsed().mul_f64((total - done) as f64 / here as f64);
        format!(", about {} left", HumanDuration(left))
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the template is well-formed");
    style.progress_chars("█▉▊▋▌▍▎▏ ")
}

impl Reporter for Bars {
    fn report(&self, event: Event<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Begun { plan, cached, workers } => {
                self.say(begun(plan, cached, workers));
                state.whole = self.all.add(ProgressBar::new(plan.nodes.len() as u64));
                state.whole.set_style(style("{bar:32} {pos}/{len} nodes, {msg}"));
                state.whole.set_position(cached as u64);
                state.trials = plan.trials.len();
                state.cached = cached;
                state.begun = Instant::now();
                state.whole.set_message(format!("{} trials", plan.trials.len()));
            }
            Event::Damaged { node, problem } => self.say(damaged(node, problem)),
            Event::Started { id, node } => {
                let bar = self.all.add(ProgressBar::new(node.steps.max(1)));
                bar.set_style(style("{bar:32} {msg}, step {pos}/{len}, {eta} left"));
                bar.set_message(name(node));
                state.nodes.insert(id, bar);
            }
            Event::Stepped { id, step, steps } => {
                if let Some(bar) = state.nodes.get(&id) {
                    bar.set_length(steps);
                    bar.set_position(step);
                }
            }
            Event::Finished { id, done, trials, .. } => {
                if let Some(bar) = state.nodes.remove(&id) {
                    bar.finish_and_clear();
                }
                let total = state.whole.length().unwrap_or_default() as usize;
                let left = state.left(done, total);
                state.whole.set_position(done as u64);
                state.whole.set_message(format!("{trials}/{} trials{left}", state.trials));
            }
            Event::Failed { id, node, error } => {
                if let Some(bar) = state.nodes.remove(&id) {
                    bar.finish_and_clear();
                }
                self.say(failed(node, error));
            }
            Event::Ended => {
                state.nodes.clear();
                state.whole.finish();
            }
        }
    }
}
