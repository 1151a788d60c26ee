//! How long a plan will take, from a few steps of each of its trainings.

use super::Inputs;
use super::backend::{WithBackend, with_backend};
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::{Kernel, Unavailable};
use crate::model::{Mode, Network, Weights, tensors};
use crate::plan::{Node, Plan, Work};
use crate::train::{EVALUATION_BATCH, Training, evaluate};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time spent on each distinct training, at most; a step that takes longer is timed once.
const PATIENCE: Duration = Duration::from_millis(300);

/// What was measured: seconds a step, and an evaluation, of each distinct training on this machine.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    by_training: BTreeMap<String, Timing>,
}

#[derive(Clone, Copy, Debug)]
struct Timing {
    step: f64,
    evaluation: f64,
}

impl Calibration {
    /// Seconds that the nodes in `missing` take together, one after the other.
    pub fn seconds(&self, plan: &Plan, missing: impl Iterator<Item = usize>) -> f64 {
        let of = |node: &Node| {
            let timing = self.by_training.get(&name(node))?;
            let evaluations = 2 + node.steps / training(node).evaluate;
            Some(timing.step * node.steps as f64 + timing.evaluation * evaluations as f64)
        };
        missing.filter_map(|id| of(&plan.nodes[id])).sum()
    }
}

/// Times a few steps of every distinct training among the nodes in `missing`; those whose data cannot be
/// read are left out.
pub fn calibrate(plan: &Plan, inputs: &Inputs, missing: &[usize]) -> Result<Calibration, Unavailable> {
    with_backend(plan.backend, Timer { plan, inputs, missing })
}

fn training(node: &Node) -> &Training {
    match &node.work {
        Work::Train { training, .. } => training,
        Work::Round(round) => &round.training,
    }
}

fn teacher(node: &Node) -> Option<usize> {
    match &node.work {
        Work::Train { teacher, .. } => *teacher,
        Work::Round(round) => round.teacher,
    }
}

/// What makes a training take another time a step.
fn name(node: &Node) -> String {
    let (training, taught) = (training(node), teacher(node).is_some());
    let needs = taught && !training.loss.need_teacher().is_empty();
    format!(
        "{:?} {:?} {} {:?} {needs}",
        node.data.source, node.network.model, training.batch, training.optimizer
    )
}

struct Timer<'a> {
    plan: &'a Plan,
    inputs: &'a Inputs,
    missing: &'a [usize],
}

impl WithBackend for Timer<'_> {
    type Output = Calibration;

    fn call<B: Kernel>(self, device: B::Device) -> Calibration {
        let mut by_training = BTreeMap::new();
        for node in self.missing.iter().map(|&id| &self.plan.nodes[id]) {
            let name = name(node);
            if !by_training.contains_key(&name)
                && let Some(timing) = self.time::<B>(node, &device)
            {
                by_training.insert(name, timing);
            }
        }
        Calibration { by_training }
    }
}

impl Timer<'_> {
    fn time<B: Kernel>(&self, node: &Node, device: &B::Device) -> Option<Timing> {
        let splits = self.inputs.splits(&node.data, node.seed).ok()?;
        let training = training(node);
        let draw = Draw::new(0, "calibration");
        let network = |node: &Node| {
            let graph = &node.network.graph;
            Network::<B>::new(Arc::clone(graph), &Weights::initial(graph, &draw), device)
        };
        let student = network(node);
        let teacher = teacher(node).map(|teacher| network(&self.plan.nodes[teacher]));
        let objective = Objective {
            loss: &training.loss,
            label_smoothing: training.label_smoothing,
            teacher: teacher.as_ref(),
        };
        let images = &splits.train[..training.batch.min(splits.train.len())];
        let step = seconds(|| {
            let batch = splits.training_batch(images, &node.data.augment, &draw, 0);
            let (images, labels) = tensors(batch, student.graph.input, device);
            let gradient = objective.gradient(&student, images, labels, Mode::Train);
            // Reading a value waits for a device that computes on its own.
            gradient.loss.into_data();
        });
        let part = splits.test_batches(EVALUATION_BATCH).take(1);
        let share = EVALUATION_BATCH.min(splits.dataset.shape.test) as f64;
        let images = (splits.dataset.shape.test + splits.validation.len()) as f64;
        let batch: Vec<_> = part.collect();
        let evaluation = seconds(|| {
            evaluate(&student, batch.iter().cloned(), device);
        });
        Some(Timing { step, evaluation: evaluation * images / share })
    }
}

/// Seconds that `work` takes, once it is warm.
fn seconds(mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    work();
    if begun.elapsed() > PATIENCE {
        return begun.elapsed().as_secs_f64();
    }
    let begun = Instant::now();
    let mut times = 0;
    while begun.elapsed() < PATIENCE / 2 {
        work();
        times += 1;
    }
    begun.elapsed().as_secs_f64() / f64::from(times)
}
