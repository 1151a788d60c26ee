//! Where the training of a node starts.

use crate::draw::Draw;
use crate::plan::{Key, Node};
use crate::prune::Pruning;
use crate::train::{Checkpoint, Training};

/// What a training, or the one after a round, is given.
pub(super) struct Start<'a> {
    pub training: &'a Training,
    pub checkpoint: Checkpoint,
    pub teacher: Option<Key>,
    /// What its round prunes.
    pub pruning: Option<&'a Pruning>,
    pub draw: Draw,
}

/// Names the draws of a training: by its stage.
pub(super) fn scope(node: &Node) -> Draw {
    Draw::new(node.seed, &*node.stage)
}
