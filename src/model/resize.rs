//! A graph with other widths.

use super::builder::{Builder, GraphError};
use super::channels::ChannelGroup;
use super::graph::{Graph, Node, NodeId};
use super::op::{Conv2d, Op};
use std::collections::BTreeMap;

impl Graph {
    /// The same network with `widths` as the output channels or units of these layers; the shapes of all
    /// nodes behind them follow. A grouped convolution has as many input channels a group as before, where
    /// these divide those that there are then, and so another number of groups; one that `widths` does not name
    /// has as many outputs a group as before.
    ///
    /// It is an error to name a node that is not a layer, or to change the number of logits or only one
    /// input of an addition.
    pub fn resized(&self, widths: &BTreeMap<NodeId, usize>) -> Result<Self, GraphError> {
        let mut builder = Builder::new(self.input(), self.classes());
        for (id, node) in self.nodes().iter().enumerate().skip(1) {
            let from = node.inputs[0];
            let channels = (self.nodes()[from].shape[0], builder.shape(from)[0]);
            let op = resized(node, widths.get(&id).copied(), channels)?;
            builder.add(&node.name, op, &node.inputs)?;
        }
        builder.finish(self.output())
    }

    /// The same network with the `kept` channels of these groups alone, at least one of each; its weights are
    /// those that [`Slice::of_channels`](super::Slice::of_channels) leaves.
    pub fn with_channels(&self, kept: &[(&ChannelGroup, Vec<usize>)]) -> Result<Self, GraphError> {
        let widths = kept.iter().flat_map(|(group, kept)| {
            group.layers(self).map(|layer| (layer, kept.len() * group.width(self, layer)))
        });
        self.resized(&widths.collect())
    }
}

/// The operation of `node` with `width` outputs, when its input channels change from `before` to `after`.
fn resized(node: &Node, width: Option<usize>, (before, after): (usize, usize)) -> Result<Op, GraphError> {
    match node.op {
        Op::Conv2d(conv) => {
            let is_whole = conv.groups > 1 && (conv.groups * after).is_multiple_of(before);
            let groups = if is_whole { conv.groups * after / before } else { conv.groups };
            let output = width.unwrap_or(conv.output / conv.groups * groups);
            Ok(Op::Conv2d(Conv2d { output, groups, ..conv }))
        }
        Op::Linear { output, bias } => Ok(Op::Linear { output: width.unwrap_or(output), bias }),
        Op::Input
        | Op::BatchNorm
        | Op::Relu
        | Op::MaxPool { .. }
        | Op::GlobalAvgPool
        | Op::Add
        | Op::Flatten => match width {
            Some(_) => Err(GraphError::NoWidth(node.name.clone())),
            None => Ok(node.op.clone()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::architecture::Resnet;

    fn shapes(graph: &Graph) -> Vec<&[usize]> {
        graph.slots().iter().map(|slot| &*slot.shape).collect()
    }

    /// Pooled twice, 28×28 images are 5×5 behind the second convolution: 7 maps are 175 features.
    #[test]
    fn what_is_behind_follows() {
        let graph = Model::Lenet5.graph([1, 28, 28], 10).unwrap();
        let id = |name| graph.node(name).unwrap();
        let widths = [(id("conv1"), 3), (id("conv2"), 7), (id("fc1"), 11)].into();
        let small = graph.resized(&widths).unwrap();
        assert_eq!(
            shapes(&small),
            [
                &[3, 1, 5, 5][..],
                &[3],
                &[7, 3, 5, 5],
                &[7],
                &[11, 175],
                &[11],
                &[84, 11],
                &[84],
                &[10, 84],
                &[10]
            ]
        );
        assert_eq!(graph.resized(&BTreeMap::new()).unwrap(), graph);
    }

    #[test]
    fn both_sides_of_an_addition_change_together() {
        let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap();
        let id = |name| graph.node(name).unwrap();
        let one = graph.resized(&[(id("conv1"), 9)].into()).unwrap_err().to_string();
        assert_eq!(
            one,
            "`layer1.0.add` does not fit its inputs: it adds [16, 8, 8] and [9, 8, 8], which are not of one shape"
        );
        let both = graph.resized(&[(id("conv1"), 9), (id("layer1.0.conv2"), 9)].into()).unwrap();
        assert_eq!(both.slots()[both.weight_of("layer2.0.conv1").unwrap()].shape, [32, 9, 3, 3]);
    }

    #[test]
    fn a_depthwise_convolution_follows_its_input() {
        let mut builder = Builder::new([3, 4, 4], 4);
        let wide = Op::Conv2d(Conv2d::three(8));
        let wide = builder.add("expand", wide, &[Builder::INPUT]).unwrap();
        let depthwise = Op::Conv2d(Conv2d { groups: 8, ..Conv2d::three(16) });
        let depthwise = builder.add("depthwise", depthwise, &[wide]).unwrap();
        let mean = builder.add("avgpool", Op::GlobalAvgPool, &[depthwise]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[mean]).unwrap();
        let fc = builder.add("fc", Op::Linear { output: 4, bias: true }, &[flat]).unwrap();
        let small = builder.finish(fc).unwrap().resized(&[(wide, 5)].into()).unwrap();
        assert_eq!(shapes(&small)[..3], [&[5, 3, 3, 3][..], &[10, 1, 3, 3], &[4, 10]]);
    }

    #[test]
    fn other_nodes_have_no_width() {
        let graph = Model::Lenet5.graph([1, 28, 28], 10).unwrap();
        let relu = graph.node("relu1").unwrap();
        assert_eq!(graph.resized(&[(relu, 3)].into()), Err(GraphError::NoWidth("relu1".into())));
        let logits = graph.resized(&[(graph.output(), 3)].into());
        assert!(matches!(logits, Err(GraphError::Output { .. })), "{logits:?}");
    }
}
