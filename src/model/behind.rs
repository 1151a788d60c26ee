//! What follows a layer: its batch norm and its activation.

use super::graph::{Graph, NodeId};
use super::op::Op;

impl Graph {
    /// The nodes that take the output of `node`.
    pub fn readers(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let behind = self.nodes().iter().enumerate().skip(node + 1);
        behind.filter(move |(_, reader)| reader.inputs.contains(&node)).map(|(id, _)| id)
    }

    /// The batch norm that takes the output of a layer, where one does.
    pub fn batch_norm_of(&self, layer: &str) -> Option<NodeId> {
        self.readers(self.node(layer)?).find(|&reader| self.nodes()[reader].op == Op::BatchNorm)
    }

    /// The node that gives the activation of a layer's output channels: the ReLU behind it, where batch norms,
    /// additions and max pooling alone lie between and each of them has one reader. Where there is no such ReLU,
    /// the batch norm of the layer, or the layer itself. `None` for names that are no node's.
    pub fn activation_of(&self, layer: &str) -> Option<NodeId> {
        let layer = self.node(layer)?;
        let (mut at, mut own) = (layer, layer);
        loop {
            let mut readers = self.readers(at);
            let (Some(next), None) = (readers.next(), readers.next()) else { return Some(own) };
            match self.nodes()[next].op {
                Op::Relu => return Some(next),
                Op::BatchNorm if at == layer => own = next,
                Op::BatchNorm | Op::Add | Op::MaxPool { .. } => {}
                Op::Input | Op::Conv2d(_) | Op::Linear { .. } | Op::GlobalAvgPool | Op::Flatten => {
                    return Some(own);
                }
            }
            at = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::architecture::{Mlp, Resnet};
    use crate::model::{Builder, Conv2d, Graph, Model, Op};

    fn name(graph: &Graph, node: Option<usize>) -> Option<&str> {
        node.map(|node| &*graph.nodes()[node].name)
    }

    fn activations<'a>(graph: &'a Graph, layers: &[&str]) -> Vec<&'a str> {
        layers.iter().map(|layer| name(graph, graph.activation_of(layer)).unwrap()).collect()
    }

    #[test]
    fn an_activation_is_behind_norm_and_addition() {
        let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap();
        let layers = ["conv1", "layer1.0.conv1", "layer1.0.conv2", "layer2.0.downsample.0", "fc"];
        let expected = ["relu", "layer1.0.relu1", "layer1.0.relu2", "layer2.0.relu2", "fc"];
        assert_eq!(activations(&graph, &layers), expected);
        assert_eq!(name(&graph, graph.batch_norm_of("layer1.0.conv2")), Some("layer1.0.bn2"));
        assert_eq!(graph.batch_norm_of("fc"), None);
    }

    #[test]
    fn a_layer_of_logits_is_its_own_activation() {
        let graph = Model::Mlp(Mlp { hidden: vec![3] }).graph([1, 2, 2], 10).unwrap();
        assert_eq!(activations(&graph, &["fc1", "fc2"]), ["relu1", "fc2"]);
        assert_eq!(graph.activation_of("fc3"), None);
    }

    // A convolution that is pooled before its ReLU, and one whose normalized output goes two ways.
    #[test]
    fn a_fork_ends_the_search_and_pooling_does_not() {
        let mut builder = Builder::new([1, 4, 4], 2);
        let mut add = |name, op, inputs: &[usize]| builder.add(name, op, inputs).unwrap();
        let conv = add("conv1", Op::Conv2d(Conv2d::three(2)), &[Builder::INPUT]);
        let pool = add("pool1", Op::MaxPool { kernel: 2, stride: 2 }, &[conv]);
        let relu = add("relu1", Op::Relu, &[pool]);
        let conv = add("conv2", Op::Conv2d(Conv2d::three(2)), &[relu]);
        let norm = add("bn2", Op::BatchNorm, &[conv]);
        let activated = add("relu2", Op::Relu, &[norm]);
        let sum = add("add", Op::Add, &[norm, activated]);
        let mean = add("avgpool", Op::GlobalAvgPool, &[sum]);
        let flat = add("flatten", Op::Flatten, &[mean]);
        let graph = builder.finish(flat).unwrap();
        assert_eq!(activations(&graph, &["conv1", "conv2"]), ["relu1", "bn2"]);
    }
}
