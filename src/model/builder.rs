//! Builds a graph node by node, inferring shapes.

use super::graph::{Graph, Node, NodeId, Slot};
use super::op::{Op, OpError, Role};
use std::collections::BTreeMap;

/// More nodes than any published network has.
const MAX_NODES: usize = 10_000;

/// Counts up to here are exact as numbers of every table.
const MAX_COUNT: u64 = 1 << 53;

/// A graph under construction.
#[derive(Debug)]
pub struct Builder {
    graph: Graph,
    names: BTreeMap<String, NodeId>,
    parameters: u64,
    macs: u64,
}

/// A network that cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// An architecture's settings that are none.
    #[error("{0}")]
    Setting(String),
    #[error(
        "images of {}×{}×{} are too small: at `{node}` they are {size} pixels wide or high, and its window is {window}",
        image[0], image[1], image[2]
    )]
    TooSmall { image: [usize; 3], node: String, size: usize, window: usize },
    #[error("`{node}` does not fit its inputs: {problem}")]
    Op { node: String, problem: OpError },
    #[error("two nodes are called `{0}`")]
    Twice(String),
    #[error("`{node}` takes `{input}`, but no node before it is called that")]
    UnknownInput { node: String, input: String },
    #[error("the output `{0}` is not a node of the network")]
    UnknownOutput(String),
    #[error("the output `{node}` gives {shape:?} for an image, not a logit for each of {classes} classes")]
    Output { node: String, shape: Vec<usize>, classes: usize },
    #[error("`{0}` has no width of its own")]
    NoWidth(String),
    #[error("with `{0}` the network has more than 2⁵³ parameters or multiply-accumulates")]
    TooLarge(String),
    #[error("the network has more than {MAX_NODES} nodes")]
    TooManyNodes,
}

impl Builder {
    /// The node of the images.
    pub const INPUT: NodeId = 0;

    /// For images of `[channels, height, width]`.
    pub fn new(input: [usize; 3], classes: usize) -> Self {
        let images = Node {
            name: "input".into(),
            op: Op::Input,
            inputs: Vec::new(),
            shape: input.into(),
            slots: 0..0,
        };
        let names = [(images.name.clone(), Self::INPUT)].into();
        let graph = Graph { input, classes, nodes: vec![images], slots: Vec::new(), output: Self::INPUT };
        Self { graph, names, parameters: 0, macs: 0 }
    }

    /// Adds a node behind `inputs`, which must be nodes of this graph.
    pub fn add(&mut self, name: &str, op: Op, inputs: &[NodeId]) -> Result<NodeId, GraphError> {
        let id = self.graph.nodes.len();
        if id == MAX_NODES {
            return Err(GraphError::TooManyNodes);
        }
        if self.names.insert(name.to_owned(), id).is_some() {
            return Err(GraphError::Twice(name.to_owned()));
        }
        let shapes: Vec<&[usize]> = inputs.iter().map(|&input| self.shape(input)).collect();
        let shape = op.infer(&shapes).map_err(|problem| self.misfit(name, problem))?;
        let parameters = op.parameters(shapes[0]);
        let slots = parameters.into_iter().map(|parameter| Slot {
            name: format!("{name}.{}", parameter.part),
            node: id,
            shape: parameter.shape,
            role: parameter.role,
        });
        let first = self.graph.slots.len();
        self.graph.slots.extend(slots);
        let slots = first..self.graph.slots.len();
        let node = Node { name: name.to_owned(), op, inputs: inputs.into(), shape, slots };
        self.count(&node).ok_or_else(|| GraphError::TooLarge(name.to_owned()))?;
        self.graph.nodes.push(node);
        Ok(id)
    }

    /// The graph whose logits `output` gives.
    pub fn finish(mut self, output: NodeId) -> Result<Graph, GraphError> {
        let Node { name, shape, .. } = &self.graph.nodes[output];
        let classes = self.graph.classes;
        if *shape != [classes] {
            return Err(GraphError::Output { node: name.clone(), shape: shape.clone(), classes });
        }
        self.graph.output = output;
        Ok(self.graph)
    }

    /// The node called `name`.
    pub fn node(&self, name: &str) -> Option<NodeId> {
        self.names.get(name).copied()
    }

    /// The shape of a node's output.
    pub fn shape(&self, node: NodeId) -> &[usize] {
        &self.graph.nodes[node].shape
    }

    fn misfit(&self, name: &str, problem: OpError) -> GraphError {
        let node = name.to_owned();
        match problem {
            OpError::TooSmall { size, window } => {
                GraphError::TooSmall { image: self.graph.input, node, size, window }
            }
            problem => GraphError::Op { node, problem },
        }
    }

    /// Counts the arrays and the multiply-accumulates of `node`; `None` where they are too many.
    fn count(&mut self, node: &Node) -> Option<()> {
        let positions = product(&node.shape[1..])?;
        for slot in &self.graph.slots[node.slots.clone()] {
            let values = product(&slot.shape)?;
            self.parameters = self.parameters.checked_add(values)?;
            if slot.role == Role::Weight {
                self.macs = self.macs.checked_add(values.checked_mul(positions)?)?;
            }
        }
        (self.parameters <= MAX_COUNT && self.macs <= MAX_COUNT).then_some(())
    }
}

fn product(shape: &[usize]) -> Option<u64> {
    shape.iter().try_fold(1u64, |product, &size| product.checked_mul(u64::try_from(size).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(output: usize) -> Op {
        Op::Linear { output, bias: true }
    }

    #[test]
    fn slots_know_their_nodes() {
        let mut builder = Builder::new([1, 2, 2], 3);
        let flat = builder.add("flatten", Op::Flatten, &[Builder::INPUT]).unwrap();
        let fc = builder.add("fc", linear(3), &[flat]).unwrap();
        let graph = builder.finish(fc).unwrap();
        assert_eq!(graph.weight_of("fc"), Some(0));
        assert_eq!(graph.weight_of("flatten"), None);
        let slots = graph.slots();
        assert_eq!((&*slots[1].name, slots[1].node, slots[0].fan_in()), ("fc.bias", fc, 4));
        assert_eq!(graph.layer_of(&slots[0]), Some("fc"));
        assert_eq!(graph.layer_of(&slots[1]), None);
        assert_eq!(slots[0].name, super::super::weight_name("fc"));
    }

    #[test]
    fn absurd_widths_are_errors() {
        // 4 · 2⁶⁰ weights are countable but too many; 4 · 2⁶² are not even countable.
        for width in [1 << 60, 1 << 62, usize::MAX] {
            let mut builder = Builder::new([1, 2, 2], 3);
            let flat = builder.add("flatten", Op::Flatten, &[Builder::INPUT]).unwrap();
            assert_eq!(builder.add("fc", linear(width), &[flat]), Err(GraphError::TooLarge("fc".into())));
        }
    }

    #[test]
    fn a_million_million_units_are_counted() {
        let mut builder = Builder::new([1, 2, 2], 3);
        let flat = builder.add("flatten", Op::Flatten, &[Builder::INPUT]).unwrap();
        let wide = builder.add("fc1", linear(1_000_000_000_000), &[flat]).unwrap();
        let fc = builder.add("fc2", linear(3), &[wide]).unwrap();
        assert_eq!(builder.finish(fc).unwrap().slots()[2].shape, [3, 1_000_000_000_000]);
    }

    #[test]
    fn there_is_a_logit_for_every_class() {
        let mut builder = Builder::new([1, 2, 2], 3);
        let flat = builder.add("flatten", Op::Flatten, &[Builder::INPUT]).unwrap();
        let error = builder.finish(flat).unwrap_err().to_string();
        assert_eq!(error, "the output `flatten` gives [4] for an image, not a logit for each of 3 classes");
    }

    #[test]
    fn nodes_without_end_are_an_error() {
        let mut builder = Builder::new([1, 2, 2], 4);
        let error = (0..).find_map(|number| builder.add(&format!("relu{number}"), Op::Relu, &[0]).err());
        assert_eq!(error, Some(GraphError::TooManyNodes));
    }
}
