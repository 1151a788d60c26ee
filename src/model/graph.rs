//! The graph itself: named nodes with inferred shapes, and the arrays that they need.

use super::op::{Op, Role};
use std::ops::Range;

/// Index of a node in its graph; a node's inputs come before it.
pub type NodeId = usize;

/// Index of a slot in its graph.
pub type SlotId = usize;

/// A network as data. Nodes are in topological order and the first one is the images. Shapes fit: a graph
/// is made by a [`Builder`](super::Builder) or a [`Definition`](super::Definition), which infer them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    pub(super) input: [usize; 3],
    pub(super) classes: usize,
    pub(super) nodes: Vec<Node>,
    pub(super) slots: Vec<Slot>,
    pub(super) output: NodeId,
}

/// One operation, named as torchvision names it where it has that network (`layer1.0.conv1`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    pub op: Op,
    pub inputs: Vec<NodeId>,
    /// Shape of its output for one image: `[channels, height, width]`, or `[features]`.
    pub shape: Vec<usize>,
    /// Its parameters and running statistics, in PyTorch's order.
    pub slots: Range<SlotId>,
}

/// One parameter array, or running statistic, of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// As in a PyTorch state dict: `layer1.0.conv1.weight`, `bn1.running_mean`.
    pub name: String,
    /// The node whose array it is.
    pub node: NodeId,
    pub shape: Vec<usize>,
    pub role: Role,
}

impl Slot {
    /// Number of values.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Inputs that one output of a layer sums over, for the layer's weight.
    pub fn fan_in(&self) -> usize {
        self.shape[1..].iter().product()
    }

    /// Outputs that one input of a layer goes into, for the layer's weight, as PyTorch counts them: out · k · k.
    pub fn fan_out(&self) -> usize {
        self.shape[0] * self.shape[2..].iter().product::<usize>()
    }
}

impl Graph {
    /// Channels, height and width of the images.
    pub fn input(&self) -> [usize; 3] {
        self.input
    }

    pub fn classes(&self) -> usize {
        self.classes
    }

    /// All nodes, in topological order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node that gives the logits.
    pub fn output(&self) -> NodeId {
        self.output
    }

    /// Every parameter and running statistic, in node order.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The node of that name.
    pub fn node(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.name == name)
    }

    /// Names of the nodes whose weight can be pruned: linear and convolution layers, in node order.
    pub fn prunable(&self) -> Vec<String> {
        self.nodes.iter().filter(|node| node.op.is_prunable()).map(|node| node.name.clone()).collect()
    }

    /// The slot of the weight of a prunable layer; `None` for other names.
    pub fn weight_of(&self, layer: &str) -> Option<SlotId> {
        let node = self.nodes.iter().find(|node| node.name == layer && node.op.is_prunable())?;
        Some(node.slots.start)
    }

    /// The prunable layer whose weight `slot` is.
    pub fn layer_of(&self, slot: &Slot) -> Option<&str> {
        (slot.role == Role::Weight).then(|| &*self.nodes[slot.node].name)
    }
}

/// The name of the slot of a layer's weight.
pub fn weight_name(layer: &str) -> String {
    format!("{layer}.weight")
}
