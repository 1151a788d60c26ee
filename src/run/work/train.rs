//! A training from initial weights.

use super::start::{Start, scope};
use crate::draw::Draw;
use crate::model::{Slice, Trained};
use crate::plan::{Key, Node, Origin};
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
        peers: peers(node),
        pruning,
        draw: scope(node),
        slice,
        scan,
    }
}

/// Step 0 of the training `node`.
pub(super) fn initial(node: &Node) -> Checkpoint {
    drawn(node, &node.origin, &scope(node))
}

/// Step 0 of the networks that train beside that of `node`, each with weights by a name of its own.
fn peers(node: &Node) -> Vec<Checkpoint> {
    let numbered = (1..).zip(node.peers());
    numbered
        .map(|(number, peer)| drawn(node, peer, &scope(node).within(&format!("peers/{number}"))))
        .collect()
}

/// A network of `origin` as `node` draws its initial weights, by the name `draw`.
fn drawn(node: &Node, origin: &Origin, draw: &Draw) -> Checkpoint {
    let graph = Arc::clone(&origin.graph);
    let weights = node.training().init.weights(&graph, draw);
    Checkpoint::start(Trained::new(graph, weights).expect("initial weights are of their graph"))
}
