//! What an importance gives.

use crate::model::Weights;
use crate::prune::Masks;
use indexmap::IndexMap;
use std::sync::Arc;

/// A score for each weight, by layer; layers are the prunable ones of this stage, in node order. An importance
/// of output channels gives its score to every weight of the channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores(pub IndexMap<String, Vec<f32>>);

/// What an importance gives: scores, and a correction where it has one.
#[derive(Clone)]
pub struct Assessment {
    pub scores: Scores,
    pub correction: Option<Correction>,
}

/// Changes the kept weights to make up for those that were removed, given the masks after the removal.
pub type Correction = Arc<dyn Fn(&mut Weights, &Masks)>;

impl From<Scores> for Assessment {
    /// Without a correction.
    fn from(scores: Scores) -> Self {
        Self { scores, correction: None }
    }
}
