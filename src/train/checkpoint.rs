//! Where a training stood after some step: enough to go on exactly as it did.

use crate::model::{Array, Weights};
use indexmap::IndexMap;

/// Weights, running statistics and optimizer state after `step` steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub step: u64,
    pub weights: Weights,
    /// Optimizer state by name, `momentum.fc1.weight`; empty before the first step.
    pub optimizer: IndexMap<String, Array>,
}
