//! A network that describes itself: a graph and weights that fit it.

use super::{Graph, Weights, WeightsError};
use std::sync::Arc;

/// A graph with its weights, in the graph's order: all that it takes to run, measure or prune a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    graph: Arc<Graph>,
    weights: Weights,
}

impl Trained {
    /// Refuses weights whose names or shapes are not those of `graph`.
    pub fn new(graph: Arc<Graph>, weights: Weights) -> Result<Self, WeightsError> {
        let weights = weights.for_graph(&graph)?;
        Ok(Self { graph, weights })
    }

    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    pub fn into_parts(self) -> (Arc<Graph>, Weights) {
        (self.graph, self.weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::model::Model;
    use crate::model::architecture::Mlp;

    #[test]
    fn weights_are_put_in_the_graphs_order() {
        let graph = Arc::new(Model::Mlp(Mlp { hidden: vec![5] }).graph([1, 2, 2], 3).unwrap());
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let mut reversed = weights.clone();
        reversed.0.reverse();
        let trained = Trained::new(Arc::clone(&graph), reversed).unwrap();
        assert!(trained.weights().0.keys().eq(weights.0.keys()));
        assert_eq!(trained.into_parts(), (graph, weights));
    }

    #[test]
    fn weights_of_another_width_are_refused() {
        let graph = |width| Arc::new(Model::Mlp(Mlp { hidden: vec![width] }).graph([1, 2, 2], 3).unwrap());
        let weights = Weights::initial(&graph(5), &Draw::new(0, "dense"));
        assert!(Trained::new(graph(4), weights).is_err());
    }
}
