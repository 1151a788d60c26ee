//! What is left of a network while units are removed from it, counted without building it anew each time.

use crate::model::{Cost, Graph};
use crate::prune::{Masks, Quantity};

/// What is left of a network.
#[derive(Clone, Debug)]
pub(super) struct Tally<'a> {
    pub cost: &'a Cost,
    /// Kept weights that are left of each layer, in the order of the cost's.
    pub kept: Vec<u64>,
    /// Parameters that are left beside them: biases, norm scale and shift.
    pub others: u64,
}

/// Of what it is counted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scope {
    /// Everything.
    Network,
    /// The weights of these layers, by name.
    Layers(Vec<String>),
}

impl<'a> Tally<'a> {
    pub fn of(cost: &'a Cost, masks: &Masks) -> Self {
        let kept = cost.layers.iter().map(|layer| masks.kept_in(layer)).collect();
        Self { cost, kept, others: cost.parameters - cost.prunable }
    }

    /// How much of `quantity` is left of `scope`.
    pub fn left(&self, quantity: Quantity, scope: &Scope) -> u64 {
        let layers = self.cost.layers.iter().zip(&self.kept);
        let meant = layers.filter(|(layer, _)| match scope {
            Scope::Network => true,
            Scope::Layers(names) => names.contains(&layer.name),
        });
        let weights: u64 = meant.map(|(layer, kept)| quantity.of_weight(layer) * kept).sum();
        match (quantity, scope) {
            (Quantity::Parameters, Scope::Network) => weights + self.others,
            (Quantity::Parameters, Scope::Layers(_)) | (Quantity::Weights | Quantity::Macs, _) => weights,
        }
    }

    /// The place of a prunable layer, by its node.
    pub fn layer(&self, graph: &Graph, node: usize) -> usize {
        let name = &graph.nodes()[node].name;
        let place = self.cost.layers.iter().position(|layer| layer.name == *name);
        place.expect("the cost is of the graph, and the node a layer")
    }
}
