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

    /// The node that a tap of this name looks at: the node of that name or, where it is the name of a module as
    /// PyTorch has them, the last node of the module, whose output is the module's: `layer2` of a small ResNet is
    /// `layer2.0.relu2`. The images are not tapped.
    pub fn tap(&self, name: &str) -> Option<NodeId> {
        let is_inside = |node: &Node| node.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        let of_module = || self.nodes.iter().rposition(is_inside);
        self.node(name).or_else(of_module).filter(|&node| node > 0)
    }

    /// Every name that a tap can have: those of nodes, and before the first node of a module the module's.
    pub fn taps(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for node in &self.nodes[1..] {
            let modules = node.name.match_indices('.').map(|(end, _)| &node.name[..end]);
            for name in modules.chain([&*node.name]) {
                if !names.iter().rev().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
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

#[cfg(test)]
mod tests {
    use crate::model::Model;
    use crate::model::architecture::Resnet;

    #[test]
    fn a_module_is_tapped_at_its_last_node() {
        let graph = Model::Resnet(Resnet { depth: 14, width: 1 }).graph([3, 8, 8], 10).unwrap();
        let tapped = |name| graph.tap(name).map(|node| &*graph.nodes()[node].name);
        assert_eq!(tapped("layer2"), Some("layer2.1.relu2"));
        assert_eq!(tapped("layer2.0"), Some("layer2.0.relu2"));
        assert_eq!(tapped("layer2.0.downsample"), Some("layer2.0.downsample.1"));
        assert_eq!(tapped("layer2.0.bn1"), Some("layer2.0.bn1"));
        assert_eq!([tapped("layer"), tapped("layer4"), tapped("input")], [None; 3]);
    }

    #[test]
    fn every_name_of_a_tap_is_listed_once() {
        let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap();
        let names = graph.taps();
        assert_eq!(names[..6], ["conv1", "bn1", "relu", "layer1", "layer1.0", "layer1.0.conv1"]);
        assert!(names.iter().all(|name| graph.tap(name).is_some()));
        let once: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(once.len(), names.len());
        assert!(graph.nodes()[1..].iter().all(|node| names.contains(&node.name)));
    }
}
