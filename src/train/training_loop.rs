//! The loop: batches in, gradient, step, masks, evaluation.

use super::evaluation::EVALUATION_BATCH;
use super::history::{Evaluation, Means};
use super::stepper::Stepper;
use super::{Checkpoint, Keep, Quality, Training, evaluate};
use crate::data::{Augment, Batches, Splits, steps_per_epoch};
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::{Mode, Network, Trained, tensors};
use crate::prune::Masks;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// What a training left.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The network that `keep` chose, and its masks.
    pub kept: Trained,
    pub masks: Masks,
    /// The kept network on the test split.
    pub test: Quality,
    /// The kept network on the validation split; `None` without one.
    pub validation: Option<Quality>,
    /// Test accuracy after the last step.
    pub accuracy_last: f64,
    /// Highest test accuracy of the evaluations that `keep` could choose from: an oracle, never used to
    /// choose.
    pub accuracy_best_test: f64,
    pub history: Vec<Evaluation>,
    pub checkpoints: Vec<Checkpoint>,
    /// Steps done (a rewound training does fewer than `training.steps`).
    pub steps: u64,
}

/// How a training talks to who runs it.
pub struct Control<'a> {
    /// Set from outside: stop between two steps.
    pub stop: &'a AtomicBool,
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// Said after every step.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub step: u64,
    pub steps: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("interrupted")]
    Interrupted,
    #[error("the {of} loss was {loss} by step {step}; lower the learning rate, or add warm-up")]
    Diverged { of: &'static str, step: u64, loss: f64 },
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

/// Trains on `device`. Evaluates before the first step, every `training.evaluate` steps and at the end;
/// `keep` chooses among the evaluations after a step (a training without steps keeps what it was given).
pub fn train<B: Kernel>(
    job: Job<'_, B>,
    device: &B::Device,
    control: &Control<'_>,
) -> Result<Outcome, TrainError> {
    let Job { splits, training, checkpoints, .. } = job;
    let (first, last) = (job.start.step, training.steps);
    let mut watch = Watch::new(splits, training, device);
    let mut taken = Vec::new();
    take_steps(job, last, device, control, &mut |done, stepper, means| {
        if checkpoints.contains(&done) {
            taken.push(stepper.checkpoint(done));
        }
        match done == first || done % training.evaluate == 0 || done == last {
            true => watch.evaluate(done, stepper, means),
            false => Ok(()),
        }
    })?;
    watch.outcome(taken, last.saturating_sub(first))
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
/// mean losses of those since it asked for them.
type After<'a, B> = dyn FnMut(u64, &Stepper<B>, &mut Means<B>) -> Result<(), TrainError> + 'a;

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
    let objective = Objective {
        loss: &training.loss,
        label_smoothing: training.label_smoothing,
        teacher: teacher.as_ref(),
    };
    let mut batches = Batches::new(splits, draw.clone(), training.batch);
    let mut stepper = Stepper::<B>::new(&start, &training.optimizer, device);
    let mut means = Means::default();
    after(first, &stepper, &mut means)?;
    let image = stepper.network().graph.input();
    let mut batch_of = |step| splits.training_batch(batches.indices(step), augment, &draw, step);
    let mut next = (first < last).then(|| batch_of(first));
    for step in first..last {
        control.check()?;
        let batch = next.take().expect("a batch was made while the step before it was taken");
        let ((), batch) = rayon::join(
            || {
                let (images, labels) = tensors::<B>(batch, image, device);
                let gradient = objective.gradient(stepper.network(), images, labels, Mode::Train);
                means.add(gradient.loss.clone(), &gradient.terms);
                stepper.step(gradient, training.learning_rate(step), step);
            },
            // The next batch is made by whatever thread has nothing else to do.
            || (step + 1 < last).then(|| batch_of(step + 1)),
        );
        next = batch;
        after(step + 1, &stepper, &mut means)?;
        (control.progress)(Progress { step: step + 1 - first, steps: last - first });
    }
    Ok(())
}

/// Evaluates on the way, and remembers the network that `keep` chooses.
struct Watch<'a, B: Kernel> {
    splits: &'a Splits,
    training: &'a Training,
    device: &'a B::Device,
    history: Vec<Evaluation>,
    chosen: Option<Chosen<B>>,
    accuracy_last: f64,
    accuracy_best_test: f64,
}

struct Chosen<B: Kernel> {
    step: u64,
    network: Network<B>,
    masks: Masks,
    test: Quality,
    validation: Option<Quality>,
}

impl<'a, B: Kernel> Watch<'a, B> {
    fn new(splits: &'a Splits, training: &'a Training, device: &'a B::Device) -> Self {
        let history = Vec::new();
        Self { splits, training, device, history, chosen: None, accuracy_last: 0.0, accuracy_best_test: 0.0 }
    }

    fn evaluate(
        &mut self,
        step: u64,
        stepper: &Stepper<'_, B>,
        means: &mut Means<B>,
    ) -> Result<(), TrainError> {
        let network = stepper.network();
        let (loss_train, terms) = means.take();
        if let Some(loss) = loss_train.filter(|loss| !loss.is_finite()) {
            return Err(TrainError::Diverged { of: "training", step, loss });
        }
        let test = evaluate(network, self.splits.test_batches(EVALUATION_BATCH), self.device);
        let validation = (!self.splits.validation.is_empty())
            .then(|| evaluate(network, self.splits.validation_batches(EVALUATION_BATCH), self.device));
        self.history.push(Evaluation {
            step,
            epoch: step as f64 / steps_per_epoch(self.splits.train.len(), self.training.batch) as f64,
            learning_rate: self.training.learning_rate(step.saturating_sub(1)),
            temperature: self.training.loss.temperature(),
            loss_train,
            terms,
            accuracy_validation: validation.as_ref().map(|quality| quality.accuracy),
            nll_validation: validation.as_ref().map(|quality| quality.nll),
            accuracy_test: test.accuracy,
            nll_test: test.nll,
        });
        self.accuracy_last = test.accuracy;
        let started = self.history.len() > 2;
        self.accuracy_best_test =
            if started { self.accuracy_best_test.max(test.accuracy) } else { test.accuracy };
        if self.is_better(&validation) {
            let (network, masks) = (network.without_state(), stepper.masks().clone());
            self.chosen = Some(Chosen { step, network, masks, test, validation });
        }
        Ok(())
    }

    /// Whether the network just evaluated takes the place of the chosen one; that of the start always
    /// gives way to the first after a step.
    fn is_better(&self, validation: &Option<Quality>) -> bool {
        let Some(chosen) = &self.chosen else { return true };
        let at_start = self.history.first().is_some_and(|first| first.step == chosen.step);
        match (self.training.keep, &chosen.validation, validation) {
            (Keep::BestValidation, Some(before), Some(now)) => at_start || now.accuracy > before.accuracy,
            (Keep::BestValidation | Keep::Last, _, _) => true,
        }
    }

    /// # Errors
    /// Where the network at the end, or the one that is kept, has a loss that is not finite; on the way there
    /// a network may have one.
    fn outcome(self, checkpoints: Vec<Checkpoint>, steps: u64) -> Result<Outcome, TrainError> {
        let chosen = self.chosen.expect("the start is always evaluated");
        let last = self.history.last().map(|last| (last.step, last.nll_test));
        let ends = [Some((chosen.step, chosen.test.nll)), last];
        if let Some((step, loss)) = ends.into_iter().flatten().find(|(_, loss)| !loss.is_finite()) {
            return Err(TrainError::Diverged { of: "test", step, loss });
        }
        Ok(Outcome {
            kept: chosen.network.trained(),
            masks: chosen.masks,
            test: chosen.test,
            validation: chosen.validation,
            accuracy_last: self.accuracy_last,
            accuracy_best_test: self.accuracy_best_test,
            history: self.history,
            checkpoints,
            steps,
        })
    }
}
