//! Builds a graph node by node, working out shapes.

use super::{Graph, Node, NodeId, Op};

/// A network that cannot be built on these images.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ShapeError(pub String);

/// A graph under construction. Each method adds one node behind the one it is given and gives its id.
#[derive(Debug)]
pub struct Builder {
    graph: Graph,
}

/// Settings of a convolution; square kernels, zero padding.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    pub output: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub bias: bool,
}

impl Builder {
    /// For images of `[channels, height, width]`.
    pub fn new(input: [usize; 3], classes: usize) -> Self {
        let node = Node { name: "input".into(), op: Op::Input, inputs: Vec::new(), shape: input.to_vec() };
        Self { graph: Graph { input, classes, nodes: vec![node] } }
    }

    /// The node of the images.
    pub fn input(&self) -> NodeId {
        0
    }

    pub fn finish(self) -> Graph {
        self.graph
    }

    pub fn conv2d(&mut self, from: NodeId, name: &str, conv: Convolution) -> Result<NodeId, ShapeError> {
        let [input, height, width] = self.image(from);
        let Convolution { output, kernel, stride, padding, bias } = conv;
        let side = |size| self.slide(name, size, kernel, stride, padding);
        let shape = vec![output, side(height)?, side(width)?];
        Ok(self.add(
            name,
            Op::Conv2d { input, output, kernel, stride, padding, groups: 1, bias },
            &[from],
            shape,
        ))
    }

    /// A linear layer with a bias, behind features.
    pub fn linear(&mut self, from: NodeId, name: &str, output: usize) -> NodeId {
        let input = self.graph.nodes[from].shape.iter().product();
        self.add(name, Op::Linear { input, output, bias: true }, &[from], vec![output])
    }

    pub fn batch_norm(&mut self, from: NodeId, name: &str) -> NodeId {
        let [channels, ..] = self.image(from);
        self.same_shape(name, Op::BatchNorm { channels }, &[from])
    }

    pub fn relu(&mut self, from: NodeId, name: &str) -> NodeId {
        self.same_shape(name, Op::Relu, &[from])
    }

    /// Adds the outputs of two nodes of the same shape.
    pub fn add_up(&mut self, name: &str, inputs: [NodeId; 2]) -> NodeId {
        self.same_shape(name, Op::Add, &inputs)
    }

    pub fn max_pool(&mut self, from: NodeId, name: &str, kernel: usize) -> Result<NodeId, ShapeError> {
        let [channels, height, width] = self.image(from);
        let side = |size| self.slide(name, size, kernel, kernel, 0);
        let shape = vec![channels, side(height)?, side(width)?];
        Ok(self.add(name, Op::MaxPool { kernel, stride: kernel }, &[from], shape))
    }

    pub fn global_avg_pool(&mut self, from: NodeId, name: &str) -> NodeId {
        let [channels, ..] = self.image(from);
        self.add(name, Op::GlobalAvgPool, &[from], vec![channels, 1, 1])
    }

    pub fn flatten(&mut self, from: NodeId, name: &str) -> NodeId {
        let features = self.graph.nodes[from].shape.iter().product();
        self.add(name, Op::Flatten, &[from], vec![features])
    }

    fn add(&mut self, name: &str, op: Op, inputs: &[NodeId], shape: Vec<usize>) -> NodeId {
        self.graph.nodes.push(Node { name: name.into(), op, inputs: inputs.into(), shape });
        self.graph.nodes.len() - 1
    }

    fn same_shape(&mut self, name: &str, op: Op, inputs: &[NodeId]) -> NodeId {
        let shape = self.graph.nodes[inputs[0]].shape.clone();
        self.add(name, op, inputs, shape)
    }

    fn image(&self, node: NodeId) -> [usize; 3] {
        let node = &self.graph.nodes[node];
        *node.shape.as_array().expect("architectures put image layers before they flatten")
    }

    /// Length of what a window of `kernel` gives when it slides over `size` padded pixels.
    fn slide(
        &self,
        name: &str,
        size: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Result<usize, ShapeError> {
        let padded = size + 2 * padding;
        let [channels, height, width] = self.graph.input;
        match padded.checked_sub(kernel) {
            Some(room) => Ok(room / stride + 1),
            None => Err(ShapeError(format!(
                "images of {channels}×{height}×{width} are too small: at `{name}` they are {size} pixels wide or high, and its window is {kernel}"
            ))),
        }
    }
}

impl Convolution {
    /// 3×3, stride 1, padding 1: keeps height and width.
    pub fn three(output: usize) -> Self {
        Self { output, kernel: 3, stride: 1, padding: 1, bias: false }
    }
}
