//! The loop: batches in, gradient, step, masks, evaluation.

use super::evaluator::Evaluator;
use super::history::LossMeter;
use super::peers::PeerSteppers;
use super::penalizer::Penalizer;
use super::pretraining::pretrain;
use super::recalibrate::Images;
use super::stepper::Stepper;
use super::{Checkpoint, Outcome, TrainError, Training};
use crate::data::{Augment, Batches, Splits, steps_per_epoch};
use crate::distill::{Contrasts, Objective, Teachers, Wiring};
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::{Cost, Loader, Mode};
use crate::prune::{MaskChange, MovementSum, Pruning, ScoringData};
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
    pub teachers: Option<Teachers<B>>,
    /// Where the networks start that train beside it and teach it, at step 0; there are none beside teachers.
    pub peers: Vec<Checkpoint>,
    /// The round before it, where it is a recovery.
    pub pruning: Option<RoundJob<'a>>,
    /// Names its data order and augmentation.
    pub draw: Draw,
    /// Steps after which a checkpoint is wanted, besides the result.
    pub checkpoints: &'a [u64],
}

/// What a recovery has of its round.
#[derive(Debug)]
pub struct RoundJob<'a> {
    pub pruning: &'a Pruning,
    /// What the network costs that the first pruning began with.
    pub origin: &'a Cost,
    /// All images, also where the recovery trains on few: those that an importance looks at.
    pub splits: &'a Splits,
    /// Names the draws of the round: those of masks that change and of statistics that are computed anew. A rewound
    /// training has the data order of the one that it repeats, but these are not of that.
    pub draw: Draw,
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

/// Trains on `device`. Evaluates before the first step, every `training.evaluate` steps and at the end; then
/// recalibrates the network that is kept, where that is asked for.
pub fn train<B: Kernel>(
    job: Job<'_, B>,
    device: &B::Device,
    control: &Control<'_>,
) -> Result<Outcome, TrainError> {
    let Job { splits, augment, training, checkpoints, .. } = job;
    let draw = job.pruning.as_ref().map_or(&job.draw, |round| &round.draw).clone();
    let (first, last) = (job.start.step, training.steps);
    let loader = Loader::new(splits, device);
    let mut evaluator = Evaluator::new(&loader, training, first);
    let mut taken = Vec::new();
    take_steps(job, last, &loader, device, control, &mut |done, stepper, meter| {
        if checkpoints.contains(&done) {
            taken.push(stepper.checkpoint(done));
        }
        match done == first || done % training.evaluate == 0 || done == last {
            true => evaluator.evaluate(done, stepper, meter),
            false => Ok(()),
        }
    })?;
    if let Some(recalibrate) = training.recalibrate {
        let images = Images { splits, augment, batch: training.batch, draw: &draw };
        evaluator.change_best(|network| recalibrate.apply(network, &images, device, || control.check()))?;
    }
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
    let loader = Loader::new(job.splits, device);
    take_steps(job, last, &loader, device, control, &mut |done, stepper, _| {
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
    loader: &Loader<'_, B>,
    device: &B::Device,
    control: &Control<'_>,
    after: &mut After<'_, B>,
) -> Result<(), TrainError> {
    let Job { splits, augment, training, start, teachers, peers, pruning, draw, .. } = job;
    let first = start.step;
    let teachers = teachers.as_ref();
    let mut batches = Batches::new(splits, draw.clone(), training.batch);
    let stepper = Stepper::<B>::new(&start, &training.optimizer, device);
    let mut stepper = stepper.learning(&training.loss, &start, device);
    if let Some(teachers) = teachers {
        let (own, count) = (&stepper.network().graph, splits.train.len());
        let mut wiring = Wiring::new(&training.loss, own, teachers, count, &start.beside, &draw, device)?;
        if let Some(wiring) = &mut wiring {
            let images = Images { splits, augment, batch: training.batch, draw: &draw };
            pretrain(wiring, teachers, training, &images, device, || control.check())?;
        }
        stepper = stepper.wired(wiring, &start);
    }
    let mut peers = PeerSteppers::new(&peers, training, device);
    let penalizer = Penalizer::new(&training.penalty, stepper.network());
    let mut movement = pruning
        .as_ref()
        .map(|round| round.pruning)
        .filter(|pruning| training.masking.is_some() && pruning.importance.is_of_training())
        .map(|pruning| MovementSum::new(stepper.network(), &pruning.layers, stepper.masks()));
    let mut meter = LossMeter::default();
    after(first, &stepper, &mut meter)?;
    let contrasts = Contrasts::new(&training.loss, &splits.train, &splits.dataset.train.labels);
    let mut batch_of = |step| {
        let indices = batches.indices(step).to_vec();
        let places = contrasts.as_ref().map(|contrasts| contrasts.draw(&indices, &draw, step));
        let selection = splits.training_selection(&indices, augment, &draw, step);
        (indices, Loader::<B>::prepare(splits, &selection), places)
    };
    let per_epoch = steps_per_epoch(splits.train.len(), training.batch);
    let mut next = (first < last).then(|| batch_of(first));
    for step in first..last {
        control.check()?;
        let made = next.take().expect("a batch was made while the step before it was taken");
        let (indices, batch, places) = made;
        // The step stays on this thread, and the next batch is made by whatever thread has nothing else to do. Burn's
        // differentiation waits for the pool with locks held that other trainings want: as a job of a pool that
        // these share, a step could wait for itself.
        rayon::in_place_scope(|scope| {
            if step + 1 < last {
                scope.spawn(|_| next = Some(batch_of(step + 1)));
            }
            let count = indices.len();
            stepper.contrast(places, device);
            let batch = loader.load(batch);
            let loss = stepper.learned(training.loss.at(step, training.steps));
            if let Some(masking) = training.masking.filter(|masking| masking.is_due(step - first)) {
                let moved = movement.as_ref().map(MovementSum::scores);
                let round = pruning.as_ref().expect("masks change in the recovery of a round");
                // What an importance looks at.
                let of_logits = loss.of_logits();
                let data = ScoringData {
                    objective: Objective { loss: &of_logits, teachers, wiring: None },
                    splits: round.splits,
                    batch: training.batch,
                    draw: &round.draw.within(&format!("masks/{step}")),
                    device,
                    movement: moved.as_ref(),
                    stop: control.stop,
                };
                let masks = masking.change(&MaskChange {
                    step: step - first,
                    network: stepper.network(),
                    masks: stepper.masks(),
                    first: &start.masks,
                    pruning: round.pruning,
                    origin: round.origin,
                    data: &data,
                    objective: Objective { loss: &loss, teachers, wiring: stepper.wiring() },
                    batch: &batch,
                })?;
                stepper.remask(&masks);
                if let Some(movement) = &mut movement {
                    movement.remask(&stepper.network().graph, &masks);
                }
                if masking.replaces_update() {
                    return Ok(());
                }
            }
            let objective = Objective { loss: &loss, teachers, wiring: stepper.wiring() };
            let (images, labels) = batch;
            let epoch = step / per_epoch;
            let heard = teachers.and_then(|teachers| teachers.heard(&loss, &indices, epoch, device));
            let network = stepper.network();
            let mut gradient = match (&mut peers, heard) {
                (Some(peers), _) => peers.step(network, loss.clone(), &images, &labels, step),
                (None, Some(said)) => objective.gradient_heard(network, images, labels, said, Mode::Train),
                (None, None) => objective.gradient(network, images, labels, Mode::Train),
            };
            meter.add(count, loss, gradient.loss.clone(), &gradient.terms);
            // Movement is along the gradient of the loss alone.
            if let Some(movement) = &mut movement {
                movement.add(stepper.network(), &gradient);
            }
            penalizer.add(stepper.network(), step - first, &mut gradient);
            stepper.step(gradient, training.learning_rate(step), step);
            Ok::<(), TrainError>(())
        })?;
        if step % STEPS_AHEAD == 0 {
            // A GPU is given work without end; each step that waits for it holds a batch.
            let _ = B::sync(device);
        }
        after(step + 1, &stepper, &mut meter)?;
        (control.progress)(Progress { step: step + 1 - first, steps: last - first });
    }
    Ok(())
}
