//! A graph's parameters on the host, and their safetensors file.

use super::Graph;
use indexmap::IndexMap;

/// One array of 32-bit floats, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Arrays by name, in the order of [`Graph::slots`]: parameters and running statistics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights(pub IndexMap<String, Array>);

#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error("not a safetensors file: {0}")]
    Format(String),
    #[error("weights are of another network: {0}")]
    Architecture(String),
}

impl Weights {
    /// Initial weights, drawn on the host by name from (seed, initial-weights, scope, slot).
    pub fn initial(graph: &Graph, draw: &crate::draw::Draw) -> Self {
        let _ = (graph, draw);
        todo!()
    }

    /// Checks that names and shapes are those of `graph`, and puts them in its order.
    pub fn for_graph(self, graph: &Graph) -> Result<Self, WeightsError> {
        let _ = graph;
        todo!()
    }
}
