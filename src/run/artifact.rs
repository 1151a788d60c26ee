//! What a node leaves.

use super::{ComputedBy, SearchLog};
use crate::model::{Slice, Trained};
use crate::prune::{Masks, ScanPoint};
use crate::train::{BesideTeacher, ClassCount, Evaluation};
use serde::{Deserialize, Serialize};

/// What a node leaves in the store, its checkpoints and its measurement aside. It describes itself: the
/// network's graph is in it, and nothing else is needed to run, measure or prune it.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub network: Trained,
    pub masks: Masks,
    /// Which weights of the network that the chain of nodes begins with are in this one: all, unless channels or
    /// blocks were removed.
    pub slice: Slice,
    pub course: Course,
}

/// How a training went: what cannot be found out again from the network that it left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    pub accuracy_last: f64,
    pub accuracy_best_test: f64,
    pub steps: u64,
    pub seconds: f64,
    /// `None` in what earlier versions wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed_by: Option<ComputedBy>,
    pub history: Vec<Evaluation>,
    /// What the round before the training measured to divide its request among the layers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scan: Vec<ScanPoint>,
    /// Of a search, what it tried; the rest is that of the network that it found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchLog>,
}

/// What a node's network scored and costs: what can be measured again from the artifact at any time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Share of the prunable weights of the original that are zero or were removed.
    pub sparsity: f64,
    pub parameters: u64,
    /// Prunable weights of the original: the denominator of `sparsity`.
    pub prunable: u64,
    /// Prunable weights that are not masked.
    pub nonzero: u64,
    pub macs: u64,
    pub macs_nonzero: u64,
    pub accuracy: f64,
    #[serde(with = "crate::real")]
    pub loss: f64,
    pub accuracy_validation: Option<f64>,
    #[serde(with = "crate::real")]
    pub loss_validation: Option<f64>,
    #[serde(with = "crate::real")]
    pub ece: f64,
    /// How it stands to its teacher on the test split.
    pub teacher: Option<BesideTeacher>,
    /// How the test images of each class were classified.
    pub classes: Vec<ClassCount>,
    pub layers: Vec<Layer>,
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

/// The numbers of a node: small, and read without its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub measurement: Measurement,
    pub course: Course,
    /// Of a search, the numbers of what it tried, in that order; `None` for what left nothing.
    pub probes: Vec<Option<Summary>>,
}

impl Measurement {
    /// Layers that are left with nothing.
    pub fn emptied(&self) -> impl Iterator<Item = &str> {
        self.layers.iter().filter(|layer| layer.nonzero == 0).map(|layer| &*layer.layer)
    }
}
