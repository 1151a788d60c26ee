//! What a training leaves, or what keeps it from that.

use super::{Checkpoint, Evaluation, Quality};
use crate::distill::TapError;
use crate::model::Trained;
use crate::prune::{Masks, PruneError};

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

/// Why a training left nothing.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("interrupted")]
    Interrupted,
    #[error("the {of} loss was {loss} by step {step}; lower the learning rate{weights}, or add warm-up")]
    Diverged {
        of: &'static str,
        step: u64,
        loss: f64,
        /// `, the weight of a term (10 · features, 0.9 · soft-labels)`, where the loss has several.
        weights: String,
    },
    #[error(transparent)]
    Pruning(PruneError),
    #[error(transparent)]
    Tap(#[from] TapError),
}

impl From<PruneError> for TrainError {
    fn from(error: PruneError) -> Self {
        match error {
            PruneError::Interrupted => Self::Interrupted,
            PruneError::NotANumber { .. } | PruneError::OutOfReach { .. } => Self::Pruning(error),
            PruneError::Overflow | PruneError::NoLoss { .. } => Self::Pruning(error),
        }
    }
}
