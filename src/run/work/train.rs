//! A training from initial weights.

use super::{Start, scope};
use crate::model::Weights;
use crate::plan::{Key, Node};
use crate::prune::Masks;
use crate::train::{Checkpoint, Training};

/// Where a training from initial weights starts.
pub(super) fn start<'a>(node: &Node, training: &'a Training, teacher: Option<Key>) -> Start<'a> {
    Start { training, checkpoint: initial(node), masks: Masks::default(), teacher, draw: scope(node) }
}

/// Step 0 of the training `node`.
pub(super) fn initial(node: &Node) -> Checkpoint {
    let weights = Weights::initial(&node.origin.graph, &scope(node));
    Checkpoint { step: 0, weights, optimizer: Default::default() }
}
