//! How small a stage can make a network, known before anything is scored.

use super::tally::Tally;
use super::{Removal, blocks, channels};
use crate::model::{Cost, Graph};
use crate::prune::{Masks, PruneError, Pruning};

impl Pruning {
    /// The smallest network that this leaves of `graph`, of which nothing is removed or masked yet, whatever is
    /// asked for; `None` where it masks weights, or nothing can be removed.
    pub fn smallest(&self, graph: &Graph) -> Option<Graph> {
        let is_pruned = |layer: &str| self.layers.iter().any(|pruned| pruned == layer);
        let smallest = match self.granularity.removal(self.limits)? {
            Removal::Channels(limits) => channels::smallest(graph, is_pruned, limits),
            Removal::Blocks => blocks::smallest(graph, is_pruned),
        };
        (smallest != *graph).then_some(smallest)
    }

    /// Why the request cannot be met by removing channels or blocks from `graph`, of which nothing is removed or
    /// masked yet.
    pub fn out_of_reach(&self, graph: &Graph) -> Option<PruneError> {
        let (cost, smallest) = (Cost::of(graph), Cost::of(&self.smallest(graph)?));
        let masks = Masks::default();
        let goals = match self.request.goals((graph, &cost), &self.layers, &cost, &masks) {
            Ok(goals) => goals,
            Err(error) => return Some(error),
        };
        let tally = Tally::of(&smallest, &masks);
        tally.check_reached(&goals).err()
    }
}
