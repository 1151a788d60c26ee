//! Shows a run: bars on a terminal, plain lines elsewhere. All on standard error.

use super::events::{Event, Reporter};
use super::{Holder, Latency, Summary};
use crate::format::{counted, duration};
use crate::output;
use crate::plan::{NodeId, Plan};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The reporter for where standard error goes: bars need a terminal that can move its cursor.
pub fn reporter() -> Box<dyn Reporter> {
    let target = ProgressDrawTarget::stderr_with_hz(10);
    if target.is_hidden() { Box::new(Lines::default()) } else { Box::new(Bars::new(target)) }
}

/// `accuracy 0.9630 at sparsity 0.900 (1.2 s)`
fn result(summary: &Summary) -> String {
    let measurement = &summary.measurement;
    let sparsity = match measurement.sparsity {
        0.0 => String::new(),
        sparsity => format!(" at sparsity {sparsity:.3}"),
    };
    format!("accuracy {:.4}{sparsity} ({:.1} s)", measurement.accuracy, summary.course.seconds)
}

fn begun(plan: &Plan, cached: usize, workers: usize) -> String {
    let [trials, nodes, workers] =
        [(plan.trials.len(), "trial"), (plan.nodes.len(), "node"), (workers, "worker")]
            .map(|(count, what)| counted(count as u64, what));
    format!("{}: {trials}, {nodes}, {cached} of them done already; {workers} on {}", plan.name, plan.backend)
}

fn set_aside(name: &str, why: &str) -> String {
    format!("warning: {name} {why}; what was there is in `damaged`")
}

fn waiting(name: &str, holder: Holder) -> String {
    format!("waiting for {holder}, which is at {name}")
}

fn failed(name: &str, error: &str) -> String {
    format!("error: {name}: {error}")
}

fn measuring(networks: usize) -> String {
    format!("measuring the latency of {networks} network{}", if networks == 1 { "" } else { "s" })
}

/// `0.214 ms for an image, 9.80 ms for 64`
fn measured(latency: &Latency) -> String {
    let [one, many] = [latency.batch_1, latency.batch_64].map(|times| times.median_ms);
    format!("{one:.3} ms for an image, {many:.2} ms for 64")
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
                output::tell(begun(plan, cached, workers));
            }
            Event::SetAside { name, why } => output::tell(set_aside(name, why)),
            Event::Waiting { name, holder } => output::tell(waiting(name, holder)),
            Event::Finished { name, summary, done, .. } => {
                output::tell(format!("[{done}/{}] {name}: {}", *nodes, result(summary)));
            }
            Event::Failed { name, error, .. } => output::tell(failed(name, error)),
            Event::Measuring { networks } => {
                *nodes = networks;
                output::tell(measuring(networks));
            }
            Event::Measured { name, latency, done } => {
                output::tell(format!("[{done}/{}] latency of {name}: {}", *nodes, measured(latency)));
            }
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
    fn new(target: ProgressDrawTarget) -> Self {
        let all = MultiProgress::with_draw_target(target);
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
        format!(", about {} left", duration(left.as_secs_f64()))
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
                state.whole.set_style(style("{bar:32} {pos}/{len} nodes, {msg}{prefix}"));
                state.whole.set_position(cached as u64);
                state.trials = plan.trials.len();
                state.cached = cached;
                state.begun = Instant::now();
                state.whole.set_message(counted(plan.trials.len() as u64, "trial"));
            }
            Event::SetAside { name, why } => self.say(set_aside(name, why)),
            Event::Waiting { name, holder } => self.say(waiting(name, holder)),
            Event::Started { id, name, steps } => {
                let bar = self.all.add(ProgressBar::new(steps.max(1)));
                bar.set_style(style("{bar:32} {msg}, step {pos}/{len}, {eta} left"));
                bar.set_message(name.to_owned());
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
                state.whole.set_message(format!("{trials}/{} trials", state.trials));
                state.whole.set_prefix(left);
            }
            Event::Failed { id, name, error } => {
                if let Some(bar) = state.nodes.remove(&id) {
                    bar.finish_and_clear();
                }
                self.say(failed(name, error));
            }
            Event::Measuring { networks } => {
                state.whole = self.all.add(ProgressBar::new(networks as u64));
                state.whole.set_style(style("{bar:32} {msg}, {pos} done, {eta} left"));
                state.whole.set_message(measuring(networks));
            }
            Event::Measured { done, .. } => state.whole.set_position(done as u64),
            Event::Ended => {
                state.nodes.clear();
                state.whole.set_prefix("");
                state.whole.finish();
            }
        }
    }
}

/// Shows on a terminal how many trainings were timed, and nothing elsewhere.
#[derive(Debug)]
pub struct TimingBar(ProgressBar);

impl TimingBar {
    pub fn begin() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        bar.set_style(style("{bar:32} timing training {pos} of {len}"));
        Self(bar)
    }

    pub fn set(&self, done: usize, trainings: usize) {
        self.0.set_length(trainings as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for TimingBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
