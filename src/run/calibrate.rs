//! Times a few steps of a plan's trainings.

use super::estimate::{Calibration, SPARSITIES, Timing, Timings, training_name};
use super::workers::Threads;
use super::{Inputs, RunError};
use crate::backend::{WithBackend, with_backend};
use crate::data::Splits;
use crate::distill::{Contrasts, Objective, Teachers, Wiring};
use crate::draw::Draw;
use crate::kernel::{Kernel, to_host};
use crate::model::{Graph, Loader, Mode, Network, Trained, Weights, tensors};
use crate::plan::{Node, Origin, Plan};
use crate::prune::Masks;
use crate::train::{Checkpoint, EVALUATION_BATCH, PeerSteppers, Stepper, evaluate, pretraining_step};
use burn::tensor::{Int, Tensor};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time for all trainings together; those that it does not suffice for are not timed.
const BUDGET: Duration = Duration::from_secs(10);

/// Time for a distinct training's steps, and for its evaluations, at each sparsity; what takes longer is done
/// once.
const LONGEST: Duration = Duration::from_millis(300);

/// Times a few steps of the distinct trainings among the nodes in `missing`, with the threads that each of
/// `workers` has; those whose data cannot be read are left out. `progress` is told how many of how many
/// trainings are timed.
pub fn calibrate(
    plan: &Plan,
    inputs: &Inputs,
    missing: &[usize],
    workers: usize,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Calibration, RunError> {
    with_backend(plan.backend, Timer { plan, inputs, missing, workers, progress })?
}

struct Timer<'a> {
    plan: &'a Plan,
    inputs: &'a Inputs,
    missing: &'a [usize],
    workers: usize,
    progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl WithBackend for Timer<'_> {
    type Output = Result<Calibration, RunError>;

    fn call<B: Kernel>(self, device: B::Device) -> Self::Output {
        let threads = Threads::of_one(self.workers)?;
        let mut distinct: BTreeMap<String, Vec<&Node>> = BTreeMap::new();
        for node in self.missing.iter().map(|&id| &self.plan.nodes[id]) {
            distinct.entry(training_name(self.plan, node)).or_default().push(node);
        }
        let patience = LONGEST.min(BUDGET / distinct.len().max(1) as u32);
        let (begun, mut calibration) = (Instant::now(), Calibration::default());
        for (done, nodes) in distinct.values().enumerate() {
            (self.progress)(done, distinct.len());
            if begun.elapsed() > BUDGET {
                break;
            }
            // A training that panics is left to the run, which says so.
            if let Ok(Some(timings)) = threads.run(|| self.timings::<B>(nodes, patience, &device)) {
                calibration.add(self.plan, nodes[0], timings);
            }
        }
        Ok(calibration)
    }
}

impl Timer<'_> {
    /// Times the training that `nodes` share.
    fn timings<B: Kernel>(&self, nodes: &[&Node], patience: Duration, device: &B::Device) -> Option<Timings> {
        let node = nodes[0];
        let splits = self.inputs.splits(&node.data, node.seed).ok()?;
        let stepper = |masks| {
            let start = Checkpoint::start(initial(&node.origin)).masked(masks);
            Stepper::<B>::new(&start, &node.training().optimizer, device)
        };
        let networks = self.teachers(node, device);
        let time = |stepper| self.time(node, &splits, &networks, stepper, patience, device);
        let dense = time(stepper(Masks::default()));
        let teachers = match self.plan.kept_outputs(node).is_some() {
            true => self.time_teachers(node, &splits, &networks, patience, device),
            false => 0.0,
        };
        let pretraining = match nodes.iter().any(|node| node.pretraining() > 0) {
            true => self.time_pretraining(node, &splits, &networks, patience, device),
            false => 0.0,
        };
        if nodes.iter().all(|node| node.expected_sparsity < SPARSITIES[0]) {
            return Some(Timings { dense, sparse: [dense; 2], teachers, pretraining });
        }
        let sparse = SPARSITIES.map(|sparsity| {
            let stepper = stepper(spread(&node.origin.graph, sparsity));
            if stepper.network().is_sparse() { time(stepper) } else { dense }
        });
        Some(Timings { dense, sparse, teachers, pretraining })
    }

    /// Networks that teach `node`, of initial weights.
    fn teachers<B: Kernel>(&self, node: &Node, device: &B::Device) -> Teachers<B> {
        let nodes = node.teachers().iter().map(|&teacher| self.plan.node(teacher));
        let networks = nodes.map(|node| Network::<B>::from_trained(&initial(&node.origin), device));
        Teachers::new(node.training().teaching.clone(), networks.collect())
    }

    /// Seconds that the teachers of `node` take for the images of a step.
    fn time_teachers<B: Kernel>(
        &self,
        node: &Node,
        splits: &Splits,
        teachers: &Teachers<B>,
        patience: Duration,
        device: &B::Device,
    ) -> f64 {
        let (images, _) = batch(node, splits, device);
        seconds(patience, || {
            let logits = teachers.networks().iter();
            let logits = logits.map(|network| network.forward(images.clone(), Mode::Evaluate).logits);
            to_host(logits);
        })
    }

    /// Seconds of a step of `node` before the first of the student.
    fn time_pretraining<B: Kernel>(
        &self,
        node: &Node,
        splits: &Splits,
        teachers: &Teachers<B>,
        patience: Duration,
        device: &B::Device,
    ) -> f64 {
        let Some(mut wiring) = wiring(node, splits, teachers, device) else { return 0.0 };
        let mut done = 0;
        seconds(patience, || {
            let (images, _) = batch(node, splits, device);
            pretraining_step(&mut wiring, teachers, node.training(), images, done);
            done += 1;
            to_host(wiring.kept_mut().iter().map(|array| array.values().clone()));
        })
    }

    fn time<B: Kernel>(
        &self,
        node: &Node,
        splits: &Splits,
        teachers: &Teachers<B>,
        mut stepper: Stepper<'_, B>,
        patience: Duration,
        device: &B::Device,
    ) -> Timing {
        let training = node.training();
        let wiring = wiring(node, splits, teachers, device);
        let start = Checkpoint::start(initial(&node.origin));
        stepper = stepper.wired(wiring, &start).learning(&training.loss, &start, device);
        let starts: Vec<_> = node.peers().iter().map(|peer| Checkpoint::start(initial(peer))).collect();
        let mut peers = PeerSteppers::new(&starts, training, device);
        // What is looked up in every step takes no time.
        let heard = self.plan.kept_outputs(node).map(|_| {
            let (images, _) = batch(node, splits, device);
            teachers.say(&training.loss, |_, network| network.forward(images.clone(), Mode::Evaluate).logits)
        });
        let contrasts = Contrasts::new(&training.loss, &splits.train, &splits.dataset.train.labels);
        let mut done = 0;
        let step = seconds(patience, || {
            let indices = indices(node, splits);
            stepper.contrast(contrasts.as_ref().map(|contrasts| contrasts.draw(indices, &draw(), 0)), device);
            let (images, labels) = batch(node, splits, device);
            let loss = stepper.learned(training.loss.at(0, training.steps));
            let (wiring, network) = (stepper.wiring(), stepper.network());
            let objective = Objective { loss: &loss, teachers: Some(teachers), wiring };
            let gradient = match (&mut peers, heard.clone().flatten()) {
                (Some(peers), _) => peers.step(network, loss, &images, &labels, done),
                (None, Some(said)) => objective.gradient_heard(network, images, labels, said, Mode::Train),
                (None, None) => objective.gradient(network, images, labels, Mode::Train),
            };
            let loss = gradient.loss.clone();
            stepper.step(gradient, training.learning_rate(done), done);
            done += 1;
            // Reading a value waits for a device that computes on its own.
            loss.into_data();
        });
        let loader = Loader::new(splits, device);
        let share = EVALUATION_BATCH.min(splits.dataset.shape.test) as f64;
        let images = (splits.dataset.shape.test + splits.validation.len()) as f64;
        let evaluation = seconds(patience, || {
            evaluate(stepper.network(), loader.test(EVALUATION_BATCH).take(1));
        });
        Timing { step, evaluation: evaluation * images / share }
    }
}

/// What the loss of `node` needs that looks inside; `None` where it does not, or where its taps do not fit.
fn wiring<B: Kernel>(
    node: &Node,
    splits: &Splits,
    teachers: &Teachers<B>,
    device: &B::Device,
) -> Option<Wiring<B>> {
    if node.teachers().is_empty() {
        return None;
    }
    let (loss, own, images) = (&node.training().loss, &node.origin.graph, splits.train.len());
    Wiring::new(loss, own, teachers, images, &IndexMap::new(), &draw(), device).ok()?
}

/// The training images of a step.
fn indices<'a>(node: &Node, splits: &'a Splits) -> &'a [u32] {
    &splits.train[..node.training().batch.min(splits.train.len())]
}

/// The images and labels of a step.
fn batch<B: Kernel>(node: &Node, splits: &Splits, device: &B::Device) -> (Tensor<B, 4>, Tensor<B, 1, Int>) {
    let batch = splits.training_batch(indices(node, splits), &node.data.augment, &draw(), 0);
    tensors(batch, node.origin.graph.input(), device)
}

/// Names the draws of all timings.
fn draw() -> Draw {
    Draw::new(0, "calibration")
}

fn initial(origin: &Origin) -> Trained {
    let graph = Arc::clone(&origin.graph);
    let weights = Weights::initial(&graph, &draw());
    Trained::new(graph, weights).expect("initial weights are of their graph")
}

/// Masks that remove `sparsity` of every prunable layer, evenly.
fn spread(graph: &Graph, sparsity: f64) -> Masks {
    let mut masks = Masks::full(graph, &graph.prunable());
    for mask in masks.0.values_mut() {
        // The golden ratio's multiples are even however many there are.
        let is_kept = |index: usize| (index as f64 * std::f64::consts::GOLDEN_RATIO).fract() >= sparsity;
        *mask = (0..mask.size()).map(is_kept).collect();
    }
    masks
}

/// Seconds that `work` takes, once it is warm.
fn seconds(patience: Duration, mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    work();
    if begun.elapsed() > patience {
        return begun.elapsed().as_secs_f64();
    }
    let begun = Instant::now();
    let mut times = 0;
    while begun.elapsed() < patience / 2 {
        work();
        times += 1;
    }
    begun.elapsed().as_secs_f64() / f64::from(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_spread_evenly() {
        let graph = crate::model::Model::Lenet5.graph([1, 28, 28], 10).unwrap();
        for mask in spread(&graph, 0.95).0.values() {
            let kept = mask.kept() as f64 / mask.size() as f64;
            assert!((kept - 0.05).abs() < 0.01, "{kept}");
        }
    }
}
