//! A training from initial weights.

use super::start::{Start, scope};
use crate::model::{Slice, Trained};
use crate::plan::{Key, Node};
use crate::train::{Checkpoint, Training};
use std::borrow::Cow;
use std::sync::Arc;

/// Where a training from initial weights starts.
pub(super) fn start<'a>(node: &Node, training: &'a Training, teachers: &'a [Key]) -> Start<'a> {
    let (pruning, slice, scan) = (None, Slice::default(), Vec::new());
    Start {
        training: Cow::Borrowed(training),
        checkpoint: initial(node),
        teachers,
        pruning,
        draw: scope(node),
        slice,
        scan,
    }
}

/// Step 0 of the training `node`.
pub(super) fn initial(node: &Node) -> Checkpoint {
    let graph = Arc::clone(&node.origin.graph);
    let weights = node.training().init.weights(&graph, &scope(node));
    Checkpoint::start(Trained::new(graph, weights).expect("initial weights are of their graph"))
}
