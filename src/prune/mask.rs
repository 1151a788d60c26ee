//! Which weights of a network are kept.

use crate::model::{Cost, Graph, Weights};
use std::collections::BTreeMap;

/// For each prunable layer that has lost a weight or may lose one: `true` where the weight is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masks(pub BTreeMap<String, Vec<bool>>);

impl Masks {
    /// Every weight of `layers` kept.
    pub fn full(graph: &Graph, layers: &[String]) -> Self {
        let _ = (graph, layers);
        todo!()
    }

    /// Sets every masked weight to exactly zero.
    pub fn apply(&self, weights: &mut Weights) {
        let _ = weights;
        todo!()
    }

    /// Kept weights of each prunable layer of the network, in node order: (name, kept); a layer
    /// without a mask keeps all.
    pub fn kept(&self, cost: &Cost) -> Vec<(String, u64)> {
        let _ = cost;
        todo!()
    }
}
