//! What a node leaves.

use crate::model::Weights;
use crate::prune::Masks;
use crate::train::Evaluation;
use serde::{Deserialize, Serialize};

/// What a node leaves in the store, its checkpoints aside.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub summary: Summary,
    pub weights: Weights,
    pub masks: Masks,
}

/// The numbers of an artifact: small, and read without its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub measurement: Measurement,
    pub layers: Vec<Layer>,
    pub history: Vec<Evaluation>,
    /// Layers that pruning left with nothing.
    pub emptied: Vec<String>,
}

/// What one node's network scored: the columns of `measurements` that do not depend on the trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    pub sparsity: f64,
    pub parameters: u64,
    /// Prunable weights: the denominator of `sparsity`.
    pub prunable: u64,
    /// Prunable weights that are not masked.
    pub nonzero: u64,
    pub macs: u64,
    pub macs_nonzero: u64,
    pub accuracy: f64,
    #[serde(with = "crate::real")]
    pub loss: f64,
    pub accuracy_validation: Option<f64>,
    pub accuracy_last: f64,
    pub accuracy_best_test: f64,
    pub ece: f64,
    pub teacher_agreement: Option<f64>,
    pub steps: u64,
    pub seconds: f64,
}

/// One prunable layer of a measured network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    pub layer: String,
    pub weights: u64,
    pub nonzero: u64,
    pub macs: u64,
    pub macs_nonzero: u64,
}
