//! One file an architecture: its settings and the function that builds its graph.

mod mlp;

pub use mlp::Mlp;

use super::{Graph, ShapeError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The network's architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Fully connected layers `fc1`, `fc2`, … with ReLU between; `hidden = [300, 100]` on 28×28 images
    /// is LeNet-300-100 (LeCun et al., 1998).
    Mlp(Mlp),
}

impl Model {
    /// Builds the graph for images of `[channels, height, width]`.
    pub fn graph(&self, input: [usize; 3], classes: usize) -> Result<Graph, ShapeError> {
        match self {
            Self::Mlp(mlp) => mlp.graph(input, classes),
        }
    }
}
