//! The loop: batches in, gradient, step, masks, evaluation.

use super::{Checkpoint, Quality, Training};
use crate::data::{Augment, Splits};
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::{Graph, Network, Weights};
use crate::prune::Masks;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One training to do.
pub struct Job<'a, B: Kernel> {
    pub graph: Arc<Graph>,
    pub splits: &'a Splits,
    pub augment: &'a Augment,
    pub training: &'a Training,
    /// Where it starts: step 0 and initial weights, a pruned parent's weights, or a rewound checkpoint.
    pub start: Checkpoint,
    pub masks: &'a Masks,
    pub teacher: Option<Network<B>>,
    /// Names its data order and augmentation.
    pub draw: Draw,
    /// Steps after which a checkpoint is wanted, besides the result.
    pub checkpoints: &'a [u64],
}

/// What a training left.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The network that `keep` chose.
    pub kept: Weights,
    /// The kept network on the test split.
    pub test: Quality,
    /// The kept network on the validation split; `None` without one.
    pub validation: Option<Quality>,
    /// Test accuracy after the last step.
    pub accuracy_last: f64,
    /// Highest test accuracy of all evaluations: an oracle, never used to choose.
    pub accuracy_best_test: f64,
    pub history: Vec<Evaluation>,
    pub checkpoints: Vec<Checkpoint>,
    /// Steps done (a rewound training does fewer than `training.steps`).
    pub steps: u64,
}

/// A row of the history: what was seen at one evaluation.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Evaluation {
    pub step: u64,
    pub epoch: f64,
    pub learning_rate: f64,
    pub temperature: Option<f64>,
    /// Mean weighted sum of the loss terms over the steps since the last evaluation; `None` before the
    /// first step.
    pub loss_train: Option<f64>,
    /// The same of each term, unweighted, by the name users write.
    pub terms: BTreeMap<String, f64>,
    pub accuracy_validation: Option<f64>,
    pub nll_validation: Option<f64>,
    pub accuracy_test: f64,
    pub nll_test: f64,
}

/// How a training talks to who runs it.
pub struct Control<'a> {
    /// Set from outside: stop between two steps.
    pub stop: &'a AtomicBool,
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// Said now and then while training.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub step: u64,
    pub steps: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("interrupted")]
    Interrupted,
    #[error("the loss became {loss} at step {step}; lower the learning rate, or add warm-up")]
    Diverged { step: u64, loss: f64 },
}

impl Control<'_> {
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
    let _ = (job, device, control);
    todo!()
}
