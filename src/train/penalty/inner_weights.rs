//! The weights that can go as channels.

use crate::kernel::Kernel;
use crate::model::{Network, Slot};

/// The slots of the weights of all layers but that of the logits, whose outputs are the classes.
pub(super) fn inner_weights<B: Kernel>(network: &Network<B>) -> impl Iterator<Item = usize> {
    let graph = &network.graph;
    let is_inner = |slot: &Slot| graph.layer_of(slot).is_some() && slot.node != graph.output();
    graph.slots().iter().enumerate().filter(move |(_, slot)| is_inner(slot)).map(|(id, _)| id)
}
