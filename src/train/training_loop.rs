//! The loop: batches in, gradient, step, masks, evaluation.

use super::evaluator::Evaluator;
use super::history::LossMeter;
use super::penalizer::Penalizer;
use super::stepper::Stepper;
use super::{Checkpoint, Outcome, TrainError, Training};
use crate::data::{Augment, Batches, Splits};
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::{Mode, Network, tensors};
use std::sync::atomic::{AtomicBool, Ordering};

/// How many steps a program may be ahead of a GPU.
const STEPS_AHEAD: u64 = 32;

/// One training to do.
#[derive(Debug)]
pub struct Job<'a, B: Kernel> {
    pub splits: &'a Splits,
    pub augment: &'a Augment,
    pub training: &'a Training,
    /// Where it starts: initial weights at step 0, a pruned network, or a rewound checkpoint.
    pub start: Checkpoint,
    pub teacher: Option<Network<B>>,
    /// Names its data order and augmentation.
    pub draw: Draw,
    /// Steps after which a checkpoint is wanted, besides the result.
    pub checkpoints: &'a [u64],
}

/// How a caller stops a training and follows its progress.
pub struct Control<'a> {
    /// Set from outside: stop between two steps.
    pub stop: &'a AtomicBool,
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// Reported after every step.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub step: u64,
    pub steps: u64,
}

impl Control<'_> {
    /// Whether to go on.
    pub fn check(&self) -> Result<(), TrainError> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(TrainError::Interrupted),
            false => Ok(()),
        }
    }
}

/// Trains on `device`. Evaluates before the first step, every `training.evaluate` steps and at the end.
pub fn train<B: Kernel>(
    job: Job<'_, B>,
    device: &B::Device,
    control: &Control<'_>,
) -> Result<Outcome, TrainError> {
    let Job { splits, training, checkpoints, .. } = job;
    let (first, last) = (job.start.step, training.steps);
    let mut evaluator = Evaluator::new(splits, training, first, device);
    let mut taken = Vec::new();
    take_steps(job, last, device, control, &mut |done, stepper, meter| {
        if checkpoints.contains(&done) {
            taken.push(stepper.checkpoint(done));
        }
        match done == first || done % training.evaluate == 0 || done == last {
            true => evaluator.evaluate(done, stepper, meter),
            false => Ok(()),
        }
    })?;
    evaluator.outcome(taken, last.saturating_sub(first))
}

/// Trains on `device` as [`train`] does, up to the last checkpoint that is wanted, and gives those alone.
pub fn checkpoints<B: Kernel>(
    job: Job<'_, B>,
    device: &B::Device,
    control: &Control<'_>,
) -> Result<Vec<Checkpoint>, TrainError> {
    let wanted = job.checkpoints;
    let last = wanted.iter().copied().max().unwrap_or(job.start.step);
    let mut taken = Vec::new();
    take_steps(job, last, device, control, &mut |done, stepper, _| {
        if wanted.contains(&done) {
            taken.push(stepper.checkpoint(done));
        }
        Ok(())
    })?;
    Ok(taken)
}

/// Is shown the network before the first step and after every one, by the number of steps done, with the
/// losses of those since it asked for them.
type After<'a, B> = dyn FnMut(u64, &Stepper<B>, &mut LossMeter<B>) -> Result<(), TrainError> + 'a;

/// Takes the steps of `job` up to step `last`.
fn take_steps<B: Kernel>(
    job: Job<'_, B>,
    last: u64,
    device: &B::Device,
    control: &Control<'_>,
    after: &mut After<'_, B>,
) -> Result<(), TrainError> {
    let Job { splits, augment, training, start, teacher, draw, .. } = job;
    let first = start.step;
    let objective = Objective { loss: &training.loss, teacher: teacher.as_ref() };
    let mut batches = Batches::new(splits, draw.clone(), training.batch);
    let mut stepper = Stepper::<B>::new(&start, &training.optimizer, device);
    let penalizer = Penalizer::new(&training.penalty, stepper.network());
    let mut meter = LossMeter::default();
    after(first, &stepper, &mut meter)?;
    let image = stepper.network().graph.input();
    let mut batch_of = |step| splits.training_batch(batches.indices(step), augment, &draw, step);
    let mut next = (first < last).then(|| batch_of(first));
    for step in first..last {
        control.check()?;
        let batch = next.take().expect("a batch was made while the step before it was taken");
        let ((), batch) = rayon::join(
            || {
                let count = batch.labels.len();
                let (images, labels) = tensors::<B>(batch, image, device);
                let mut gradient = objective.gradient(stepper.network(), images, labels, Mode::Train);
                meter.add(count, gradient.loss.clone(), &gradient.terms);
                penalizer.add(stepper.network(), step, &mut gradient);
                stepper.step(gradient, training.learning_rate(step), step);
            },
            // The next batch is made by whatever thread has nothing else to do.
            || (step + 1 < last).then(|| batch_of(step + 1)),
        );
        next = batch;
        if step % STEPS_AHEAD == 0 {
            // A GPU is given work without end; each step that waits for it holds a batch.
            let _ = B::sync(device);
        }
        after(step + 1, &stepper, &mut meter)?;
        (control.progress)(Progress { step: step + 1 - first, steps: last - first });
    }
    Ok(())
}
