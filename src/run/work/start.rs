//! Where the training of a node starts.

use crate::draw::Draw;
use crate::model::{Cost, Slice};
use crate::plan::{Key, Node};
use crate::prune::{Pruning, ScanPoint};
use crate::train::{Checkpoint, Training};
use std::borrow::Cow;

/// What a training, or the one after a round, is given.
pub(super) struct Start<'a> {
    pub training: Cow<'a, Training>,
    pub checkpoint: Checkpoint,
    /// The nodes whose networks teach.
    pub teachers: &'a [Key],
    /// Where the networks start that train beside it and teach it.
    pub peers: Vec<Checkpoint>,
    /// What its round prunes, what the network costs that the first pruning began with, and the name of the round's
    /// draws.
    pub pruning: Option<(&'a Pruning, &'a Cost, Draw)>,
    /// Names the data order.
    pub draw: Draw,
    /// Which weights of the network that the chain of nodes begins with are in this one.
    pub slice: Slice,
    /// What its round measured to divide its request among the layers.
    pub scan: Vec<ScanPoint>,
}

/// Names the draws of a training: by its stage.
pub(super) fn scope(node: &Node) -> Draw {
    Draw::new(node.seed, &*node.stage)
}
