//! Fully connected networks.
use crate::model::{Graph, ShapeError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fully connected layers with ReLU between.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mlp {
    /// Widths of the hidden layers, from the input on; an empty list is a linear classifier.
    pub hidden: Vec<usize>,
}

impl Mlp {
    pub(super) fn graph(&self, input: [usize; 3], classes: usize) -> Result<Graph, ShapeError> {
        let _ = (input, classes);
        todo!()
    }
}
