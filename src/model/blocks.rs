//! Residual blocks that can be taken out as a whole, for any graph.

use super::builder::{Builder, GraphError};
use super::graph::{Graph, NodeId};
use super::op::Op;
use std::collections::{BTreeMap, BTreeSet};

/// A residual block y = x + f(x), or y = x + f(relu(x)): without f it is y = x.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The addition at its end.
    pub add: NodeId,
    /// The input of the addition that stays, and takes its place.
    pub shortcut: NodeId,
    /// The nodes of f, in node order: only the block uses them. There is a layer among them.
    pub inner: Vec<NodeId>,
}

impl Graph {
    /// The residual blocks with an identity shortcut, in node order: of additions one of whose inputs is what the
    /// other is computed from, or the ReLU of that. Of blocks within blocks the inner ones alone.
    pub fn blocks(&self) -> Vec<Block> {
        let mut users = vec![Vec::new(); self.nodes().len()];
        for (id, node) in self.nodes().iter().enumerate() {
            node.inputs.iter().for_each(|&input| users[input].push(id));
        }
        let adds = self.nodes().iter().enumerate().filter(|(_, node)| node.op == Op::Add);
        let mut found: Vec<Block> = adds
            .filter_map(|(add, node)| {
                let [one, other] = node.inputs[..] else { return None };
                [(one, other), (other, one)]
                    .into_iter()
                    .find_map(|(end, shortcut)| self.block(&users, add, end, shortcut))
            })
            .collect();
        let adds: Vec<NodeId> = found.iter().map(|block| block.add).collect();
        found.retain(|block| !adds.iter().any(|add| block.inner.contains(add)));
        found
    }

    /// The block that ends with `add`, and whose f ends with `end`.
    fn block(&self, users: &[Vec<NodeId>], add: NodeId, end: NodeId, shortcut: NodeId) -> Option<Block> {
        // Nodes that are used by f alone; users come after what they use.
        let mut inner = BTreeSet::new();
        for id in (1..=end).rev() {
            let is_used_by = |user: &NodeId| inner.contains(user) || id == end && *user == add;
            if id != self.output() && !users[id].is_empty() && users[id].iter().all(is_used_by) {
                inner.insert(id);
            }
        }
        let has_layer = inner.iter().any(|&id| self.nodes()[id].op.is_prunable());
        let mut inputs = inner.iter().flat_map(|&id| &self.nodes()[id].inputs);
        let before = match self.nodes()[shortcut].op {
            Op::Relu => self.nodes()[shortcut].inputs[0],
            Op::Input | Op::Conv2d(_) | Op::Linear { .. } | Op::BatchNorm | Op::MaxPool { .. } => shortcut,
            Op::GlobalAvgPool | Op::Add | Op::Flatten => shortcut,
        };
        let is_known = |input: &NodeId| inner.contains(input) || *input == shortcut || *input == before;
        (has_layer && inputs.all(is_known)).then(|| Block {
            add,
            shortcut,
            inner: inner.into_iter().collect(),
        })
    }

    /// The same network without these blocks; each ends in its shortcut.
    pub fn without_blocks(&self, blocks: &[&Block]) -> Result<Self, GraphError> {
        let ends: BTreeMap<NodeId, NodeId> = blocks.iter().map(|block| (block.add, block.shortcut)).collect();
        let removed: BTreeSet<NodeId> = blocks.iter().flat_map(|block| block.inner.iter().copied()).collect();
        let mut builder = Builder::new(self.input(), self.classes());
        let mut now = vec![Builder::INPUT];
        for (id, node) in self.nodes().iter().enumerate().skip(1) {
            let place = match ends.get(&id) {
                Some(&shortcut) => now[shortcut],
                // Nothing that stays uses it.
                None if removed.contains(&id) => Builder::INPUT,
                None => {
                    let inputs: Vec<NodeId> = node.inputs.iter().map(|&input| now[input]).collect();
                    builder.add(&node.name, node.op.clone(), &inputs)?
                }
            };
            now.push(place);
        }
        builder.finish(now[self.output()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::architecture::{Resnet, Vgg};
    use crate::model::{Conv2d, Model};

    fn names(graph: &Graph) -> Vec<&str> {
        graph.nodes().iter().map(|node| &*node.name).collect()
    }

    /// Three stages of two blocks, of which the first of stages 2 and 3 has a convolution as shortcut.
    #[test]
    fn blocks_of_a_resnet_are_those_with_an_identity_shortcut() {
        let graph = Model::Resnet(Resnet { depth: 14, width: 1 }).graph([3, 8, 8], 10).unwrap();
        let blocks = graph.blocks();
        let ends: Vec<_> = blocks.iter().map(|block| &*graph.nodes()[block.add].name).collect();
        assert_eq!(ends, ["layer1.0.add", "layer1.1.add", "layer2.1.add", "layer3.1.add"]);
        let inner: Vec<_> = blocks[0].inner.iter().map(|&node| &*graph.nodes()[node].name).collect();
        let parts = ["conv1", "bn1", "relu1", "conv2", "bn2"].map(|part| format!("layer1.0.{part}"));
        assert_eq!(inner, parts);
    }

    #[test]
    fn a_chain_has_no_blocks() {
        let graph = Model::Vgg(Vgg { depth: 11 }).graph([3, 32, 32], 10).unwrap();
        assert_eq!(graph.blocks(), []);
    }

    #[test]
    fn what_is_behind_a_block_takes_its_shortcut() {
        let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap();
        let blocks = graph.blocks();
        assert_eq!(blocks.len(), 1);
        let small = graph.without_blocks(&[&blocks[0]]).unwrap();
        assert_eq!(names(&small)[..6], ["input", "conv1", "bn1", "relu", "layer1.0.relu2", "layer2.0.conv1"]);
        let relu = small.node("layer1.0.relu2").unwrap();
        assert_eq!(small.nodes()[relu].inputs, [small.node("relu").unwrap()]);
        assert_eq!(graph.without_blocks(&[]).unwrap(), graph);
    }

    /// Blocks as in networks with activation first: x + conv(relu(x)), where x is used further on.
    fn pre_activated(shortcut: &str, is_tapped: bool) -> Graph {
        let mut builder = Builder::new([1, 2, 2], 2);
        let conv = Op::Conv2d(Conv2d::three(4));
        let stem = builder.add("stem", conv.clone(), &[Builder::INPUT]).unwrap();
        let relu = builder.add("relu", Op::Relu, &[stem]).unwrap();
        let inner = builder.add("conv", conv.clone(), &[relu]).unwrap();
        let shortcut = builder.node(shortcut).unwrap();
        let mut last = builder.add("add", Op::Add, &[shortcut, inner]).unwrap();
        if is_tapped {
            last = builder.add("again", Op::Add, &[last, inner]).unwrap();
        }
        let mean = builder.add("mean", Op::GlobalAvgPool, &[last]).unwrap();
        let flat = builder.add("flat", Op::Flatten, &[mean]).unwrap();
        let fc = builder.add("fc", Op::Linear { output: 2, bias: true }, &[flat]).unwrap();
        builder.finish(fc).unwrap()
    }

    #[test]
    fn the_shortcut_may_be_before_or_behind_a_relu() {
        for shortcut in ["stem", "relu"] {
            let graph = pre_activated(shortcut, false);
            let blocks = graph.blocks();
            assert_eq!(blocks.len(), 1, "{shortcut}");
            let small = graph.without_blocks(&[&blocks[0]]).unwrap();
            assert_eq!(small.prunable(), ["stem", "fc"]);
            let mean = small.node("mean").unwrap();
            assert_eq!(small.nodes()[mean].inputs, [small.node(shortcut).unwrap()]);
        }
    }

    #[test]
    fn what_is_used_elsewhere_is_no_block() {
        assert_eq!(pre_activated("stem", true).blocks(), []);
    }
}
