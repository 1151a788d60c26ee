//! Which channels go together, for any graph: where one layer loses a channel, which others do.
//!
//! The outputs of a node for one image (channels, units or features) are its channel axis. Nodes whose axes are
//! one up to a factor are a [`ChannelGroup`]; they are found by union-find over the nodes.

use super::graph::{Graph, NodeId};
use super::op::Op;
use std::collections::BTreeMap;

/// Nodes whose outputs lose channels together.
///
/// Convolutions and linear layers begin a channel axis, all other operations hand their input's on: batch norm,
/// ReLU and pooling as it is, [`Flatten`](Op::Flatten) with height · width features a channel, and
/// [`Add`](Op::Add) ties those of both its inputs together. A grouped convolution ties its output to its input:
/// each of its groups goes as a whole, input and output channels; in a depthwise convolution that is a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelGroup {
    /// How many channels can be removed one by one: the greatest common divisor of the sizes of all axes of the
    /// group, and of the groups of its grouped convolutions. Channel c is the outputs w·c to w·(c + 1) − 1 of a
    /// node, where w is its [width](Self::width).
    pub channels: usize,
    /// Nodes whose outputs these channels are, in node order.
    pub nodes: Vec<NodeId>,
    /// Layers that take these channels and give others, in node order.
    pub readers: Vec<NodeId>,
    /// Why no channel can be removed, where that is so.
    pub fixed: Option<Fixed>,
}

/// Why a group cannot lose channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// They are the channels of the images.
    Images,
    /// They are the logits: one a class.
    Logits,
}

impl ChannelGroup {
    /// The linear and convolution layers whose outputs these channels are, in node order.
    pub fn layers<'a>(&'a self, graph: &'a Graph) -> impl Iterator<Item = NodeId> + 'a {
        self.nodes.iter().copied().filter(|&node| graph.nodes()[node].op.is_prunable())
    }

    /// Whether it can lose channels where these layers are pruned: all that give its channels are among them.
    pub fn can_shrink(&self, graph: &Graph, is_pruned: impl Fn(&str) -> bool) -> bool {
        self.fixed.is_none() && self.layers(graph).all(|layer| is_pruned(&graph.nodes()[layer].name))
    }

    /// Outputs of `node`, one of the group, that are one channel of it.
    pub fn width(&self, graph: &Graph, node: NodeId) -> usize {
        graph.nodes()[node].shape[0] / self.channels
    }
}

impl Graph {
    /// Every group of channels that go together, in the order of their first nodes. Each node is in one.
    pub fn channel_groups(&self) -> Vec<ChannelGroup> {
        let mut axes = UnionFind((0..self.nodes().len()).collect());
        for (id, node) in self.nodes().iter().enumerate() {
            if !begins_axis(&node.op) {
                node.inputs.iter().for_each(|&input| axes.unite(input, id));
            }
        }
        let mut groups: BTreeMap<NodeId, ChannelGroup> = BTreeMap::new();
        for (id, node) in self.nodes().iter().enumerate() {
            let group = groups.entry(axes.find(id)).or_insert_with(|| ChannelGroup {
                channels: 0,
                nodes: Vec::new(),
                readers: Vec::new(),
                fixed: None,
            });
            group.nodes.push(id);
            group.channels = common_divisor(group.channels, node.shape[0]);
            match node.op {
                Op::Conv2d(conv) if !begins_axis(&node.op) => {
                    group.channels = common_divisor(group.channels, conv.groups);
                }
                Op::Input => group.fixed = Some(Fixed::Images),
                Op::Conv2d(_) | Op::Linear { .. } | Op::BatchNorm | Op::Relu | Op::MaxPool { .. } => {}
                Op::GlobalAvgPool | Op::Add | Op::Flatten => {}
            }
            if begins_axis(&node.op) {
                let inputs = node.inputs.iter().map(|&input| axes.find(input));
                inputs.for_each(|of| groups.get_mut(&of).expect("inputs come first").readers.push(id));
            }
        }
        let logits = groups.get_mut(&axes.find(self.output())).expect("each node is in a group");
        logits.fixed.get_or_insert(Fixed::Logits);
        groups.into_values().collect()
    }
}

/// Whether the channels of its output are others than those of its input.
fn begins_axis(op: &Op) -> bool {
    match op {
        Op::Conv2d(conv) => conv.groups == 1,
        Op::Input | Op::Linear { .. } => true,
        Op::BatchNorm | Op::Relu | Op::MaxPool { .. } | Op::GlobalAvgPool | Op::Add | Op::Flatten => false,
    }
}

/// The greatest number that divides both; of 0 and another, the other.
fn common_divisor(one: usize, other: usize) -> usize {
    if other == 0 { one } else { common_divisor(other, one % other) }
}

/// Disjoint sets of nodes: for each node one nearer to the first of its set, which stands for the set.
struct UnionFind(Vec<NodeId>);

impl UnionFind {
    fn find(&mut self, node: NodeId) -> NodeId {
        let mut at = node;
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn unite(&mut self, one: NodeId, other: NodeId) {
        let (one, other) = (self.find(one), self.find(other));
        self.0[one.max(other)] = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::architecture::Resnet;
    use crate::model::{Builder, Conv2d, Model};

    /// The groups as (channels, layers, readers) by name.
    fn groups(graph: &Graph) -> Vec<(usize, String, String, Option<Fixed>)> {
        let names = |nodes: &mut dyn Iterator<Item = NodeId>| {
            nodes.map(|node| &*graph.nodes()[node].name).collect::<Vec<_>>().join(" ")
        };
        let groups = graph.channel_groups();
        let described = groups.iter().map(|group| {
            let layers = names(&mut group.layers(graph));
            (group.channels, layers, names(&mut group.readers.iter().copied()), group.fixed)
        });
        described.collect()
    }

    fn group(
        channels: usize,
        layers: &str,
        readers: &str,
        fixed: Option<Fixed>,
    ) -> (usize, String, String, Option<Fixed>) {
        (channels, layers.into(), readers.into(), fixed)
    }

    #[test]
    fn layers_of_a_chain_lose_channels_alone() {
        let graph = Model::Lenet5.graph([1, 28, 28], 10).unwrap();
        let expected = [
            group(1, "", "conv1", Some(Fixed::Images)),
            group(6, "conv1", "conv2", None),
            group(16, "conv2", "fc1", None),
            group(120, "fc1", "fc2", None),
            group(84, "fc2", "fc3", None),
            group(10, "fc3", "", Some(Fixed::Logits)),
        ];
        assert_eq!(groups(&graph), expected);
        // Maps of 5×5 are 25 features each behind the flattening.
        let [flatten, group] = [graph.node("flatten").unwrap(), 2];
        assert_eq!(graph.channel_groups()[group].width(&graph, flatten), 25);
    }

    #[test]
    fn additions_tie_a_stage_together() {
        let graph = Model::Resnet(Resnet { depth: 14, width: 1 }).graph([3, 8, 8], 10).unwrap();
        let groups = groups(&graph);
        let first = group(
            16,
            "conv1 layer1.0.conv2 layer1.1.conv2",
            "layer1.0.conv1 layer1.1.conv1 layer2.0.conv1 layer2.0.downsample.0",
            None,
        );
        assert_eq!(groups[1], first);
        assert_eq!(groups[2], group(16, "layer1.0.conv1", "layer1.0.conv2", None));
        // The images, the logits, three stages and six inner layers.
        assert_eq!(groups.len(), 11);
    }

    /// A convolution of 12 channels, then one in `groups` groups with twice as many outputs.
    fn grouped(groups: usize) -> ChannelGroup {
        let mut builder = Builder::new([3, 4, 4], 2);
        let wide = builder.add("wide", Op::Conv2d(Conv2d::three(12)), &[Builder::INPUT]).unwrap();
        let conv = Op::Conv2d(Conv2d { groups, ..Conv2d::three(24) });
        let conv = builder.add("grouped", conv, &[wide]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[conv]).unwrap();
        let fc = builder.add("fc", Op::Linear { output: 2, bias: true }, &[flat]).unwrap();
        builder.finish(fc).unwrap().channel_groups().swap_remove(1)
    }

    #[test]
    fn groups_of_a_convolution_go_as_a_whole() {
        assert_eq!((grouped(12).channels, grouped(12).nodes), (12, vec![1, 2, 3]));
        assert_eq!((grouped(4).channels, grouped(4).readers), (4, vec![4]));
        assert_eq!((grouped(1).channels, grouped(1).nodes), (12, vec![1]));
    }

    /// Four maps of 3 pixels and six of 2 are 12 features each; added, 6 features go together.
    #[test]
    fn features_that_are_added_go_with_the_channels_of_both_sides() {
        let mut builder = Builder::new([1, 1, 6], 2);
        let mut features = |name: &str, output, stride| {
            let conv = Conv2d { output, kernel: 1, stride, padding: 0, groups: 1, bias: false };
            let conv = builder.add(name, Op::Conv2d(conv), &[Builder::INPUT]).unwrap();
            builder.add(&format!("{name}.flat"), Op::Flatten, &[conv]).unwrap()
        };
        let sides = [features("four", 4, 2), features("six", 6, 3)];
        let sum = builder.add("add", Op::Add, &sides).unwrap();
        let fc = builder.add("fc", Op::Linear { output: 2, bias: true }, &[sum]).unwrap();
        let graph = builder.finish(fc).unwrap();
        assert_eq!(groups(&graph)[1], group(2, "four six", "fc", None));
    }
}
