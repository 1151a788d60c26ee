//! How long a plan will take, from a few steps of each of its trainings.

use super::Inputs;
use super::workers::thread_pool;
use crate::backend::{Unavailable, WithBackend, with_backend};
use crate::data::Splits;
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::{Graph, Mode, Network, Weights, tensors};
use crate::plan::{Node, Plan};
use crate::prune::Masks;
use crate::train::{Checkpoint, EVALUATION_BATCH, Stepper, evaluate};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time spent on a distinct training's steps, and on its evaluations, at each sparsity; what takes longer is
/// done once.
const PATIENCE: Duration = Duration::from_millis(300);

/// Sparsities at which a training is timed where kernels go over the kept weights alone.
const SPARSITIES: [f64; 2] = [0.5, 0.95];

/// What was measured: seconds a step, and an evaluation, of each distinct training on this machine.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    by_training: BTreeMap<String, Timings>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Timing {
    step: f64,
    evaluation: f64,
}

/// Dense, and at each of [`SPARSITIES`].
#[derive(Clone, Copy, Debug)]
struct Timings {
    dense: Timing,
    sparse: [Timing; 2],
}

impl Timings {
    /// Between the sparsities that were timed time falls with the number of kept weights.
    fn at(&self, sparsity: f64) -> Timing {
        let ([from, to], [before, after]) = (SPARSITIES, self.sparse);
        if sparsity < from {
            return self.dense;
        }
        let share = ((sparsity - from) / (to - from)).min(1.0);
        let between = |before: f64, after: f64| before + share * (after - before);
        Timing {
            step: between(before.step, after.step),
            evaluation: between(before.evaluation, after.evaluation),
        }
    }
}

impl Calibration {
    /// Seconds that the nodes in `missing` take together, one after the other.
    pub fn seconds(&self, plan: &Plan, missing: impl Iterator<Item = usize>) -> f64 {
        let of = |node: &Node| {
            let timing = self.by_training.get(&name(node))?.at(node.requested);
            let evaluations = 2 + node.steps / node.training().evaluate;
            Some(timing.step * node.steps as f64 + timing.evaluation * evaluations as f64)
        };
        missing.filter_map(|id| of(&plan.nodes[id])).sum()
    }
}

/// Times a few steps of every distinct training among the nodes in `missing`, with the threads that each of
/// `workers` has; those whose data cannot be read are left out.
pub fn calibrate(
    plan: &Plan,
    inputs: &Inputs,
    missing: &[usize],
    workers: usize,
) -> Result<Calibration, Unavailable> {
    with_backend(plan.backend, Timer { plan, inputs, missing, workers })
}

/// What makes a training take another time a step.
fn name(node: &Node) -> String {
    let training = node.training();
    let needs = node.teacher().is_some() && !training.loss.need_teacher().is_empty();
    format!(
        "{:?} {:?} {} {:?} {needs}",
        node.data.source,
        node.origin.model,
        training.batch,
        training.optimizer.state_names()
    )
}

struct Timer<'a> {
    plan: &'a Plan,
    inputs: &'a Inputs,
    missing: &'a [usize],
    workers: usize,
}

impl WithBackend for Timer<'_> {
    type Output = Calibration;

    fn call<B: Kernel>(self, device: B::Device) -> Calibration {
        let pool = thread_pool(self.workers).expect("a few threads can be started");
        let mut by_training = BTreeMap::new();
        for node in self.missing.iter().map(|&id| &self.plan.nodes[id]) {
            let name = name(node);
            if !by_training.contains_key(&name)
                && let Some(timings) = pool.install(|| self.timings::<B>(node, &device))
            {
                by_training.insert(name, timings);
            }
        }
        Calibration { by_training }
    }
}

impl Timer<'_> {
    fn timings<B: Kernel>(&self, node: &Node, device: &B::Device) -> Option<Timings> {
        let splits = self.inputs.splits(&node.data, node.seed).ok()?;
        let dense = self.time::<B>(node, &splits, &Masks::default(), device);
        let name_of_node = name(node);
        let is_alike = |other: &Node| other.requested >= SPARSITIES[0] && name(other) == name_of_node;
        if !self.missing.iter().any(|&id| is_alike(&self.plan.nodes[id])) {
            return Some(Timings { dense, sparse: [dense; 2] });
        }
        let sparse = SPARSITIES.map(|sparsity| {
            let masks = spread(&node.origin.graph, sparsity);
            let is_dense =
                masks.sparsity_patterns(&node.origin.graph, B::prefers_sparse).iter().all(Option::is_none);
            if is_dense { dense } else { self.time::<B>(node, &splits, &masks, device) }
        });
        Some(Timings { dense, sparse })
    }

    fn time<B: Kernel>(&self, node: &Node, splits: &Splits, masks: &Masks, device: &B::Device) -> Timing {
        let training = node.training();
        let draw = Draw::new(0, "calibration");
        let initial = |node: &Node| Weights::initial(&node.origin.graph, &draw);
        let mut weights = initial(node);
        masks.apply(&mut weights);
        let start = Checkpoint { step: 0, weights, optimizer: Default::default() };
        let graph = Arc::clone(&node.origin.graph);
        let mut stepper = Stepper::<B>::new(graph, &start, masks, &training.optimizer, device);
        let teacher = node.teacher().map(|teacher| self.plan.node(teacher));
        let teacher =
            teacher.map(|node| Network::<B>::new(Arc::clone(&node.origin.graph), &initial(node), device));
        let objective = Objective {
            loss: &training.loss,
            label_smoothing: training.label_smoothing,
            teacher: teacher.as_ref(),
        };
        let images = &splits.train[..training.batch.min(splits.train.len())];
        let mut done = 0;
        let step = seconds(|| {
            let batch = splits.training_batch(images, &node.data.augment, &draw, 0);
            let (images, labels) = tensors(batch, node.origin.graph.input(), device);
            let gradient = objective.gradient(stepper.network(), images, labels, Mode::Train);
            let loss = gradient.loss.clone();
            stepper.step(gradient, training.learning_rate(done), done);
            done += 1;
            // Reading a value waits for a device that computes on its own.
            loss.into_data();
        });
        let part = splits.test_batches(EVALUATION_BATCH).take(1);
        let share = EVALUATION_BATCH.min(splits.dataset.shape.test) as f64;
        let images = (splits.dataset.shape.test + splits.validation.len()) as f64;
        let batch: Vec<_> = part.collect();
        let evaluation = seconds(|| {
            evaluate(stepper.network(), batch.iter().cloned(), device);
        });
        Timing { step, evaluation: evaluation * images / share }
    }
}

/// Masks that remove `sparsity` of every prunable layer, evenly.
fn spread(graph: &Graph, sparsity: f64) -> Masks {
    let mut masks = Masks::full(graph, &graph.prunable());
    for mask in masks.0.values_mut() {
        // The golden ratio's multiples are even however many there are.
        let is_kept = |index: usize| (index as f64 * std::f64::consts::GOLDEN_RATIO).fract() >= sparsity;
        mask.iter_mut().enumerate().for_each(|(index, mask)| *mask = is_kept(index));
    }
    masks
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

#[cfg(test)]
mod tests {
    use super::*;

    // By hand: 0.8 is two thirds of the way from 0.5 to 0.95, so 4 − ⅔ · (4 − 1) = 2.
    #[test]
    fn time_falls_with_the_kept_weights() {
        let timing = |step: f64| Timing { step, evaluation: 10.0 * step };
        let timings = Timings { dense: timing(5.0), sparse: [timing(4.0), timing(1.0)] };
        assert_eq!(timings.at(0.49), timing(5.0));
        assert_eq!(timings.at(0.5), timing(4.0));
        assert!((timings.at(0.8).step - 2.0).abs() < 1e-9);
        assert_eq!(timings.at(0.99), timing(1.0));
    }

    #[test]
    fn masks_are_spread_evenly() {
        let graph = crate::model::Model::Lenet5.graph([1, 28, 28], 10).unwrap();
        for mask in spread(&graph, 0.95).0.values() {
            let kept = mask.iter().filter(|kept| **kept).count() as f64 / mask.len() as f64;
            assert!((kept - 0.05).abs() < 0.01, "{kept}");
        }
    }
}
