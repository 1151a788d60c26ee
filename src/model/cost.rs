//! Parameters and multiply-accumulates, computed from the graph.
//!
//! MACs are those of convolutions and linear layers for one image, as Distiller and most papers count
//! them; batch norm, activations, pooling and biases are not counted.

use super::Graph;

/// What a network costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// All parameters (weights, biases, norm scale and shift), not running statistics.
    pub parameters: u64,
    /// Weights of linear and convolution layers.
    pub prunable: u64,
    pub macs: u64,
    /// Each prunable layer, in node order.
    pub layers: Vec<LayerCost>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerCost {
    pub name: String,
    pub weights: u64,
    /// MACs of the dense layer for one image; each weight takes part in `macs / weights` of them.
    pub macs: u64,
}

impl Cost {
    pub fn of(graph: &Graph) -> Self {
        let _ = graph;
        todo!()
    }
}
