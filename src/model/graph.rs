//! The graph itself: operations, names, shapes, and what each node needs as parameters.

/// Index of a node in its graph; a node's inputs come before it.
pub type NodeId = usize;

/// A network as data. Nodes are in topological order; the last one gives the logits.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Channels, height and width of the input.
    pub input: [usize; 3],
    pub classes: usize,
    pub nodes: Vec<Node>,
}

/// One operation, named as torchvision names it where it has that network (`layer1.0.conv1`).
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub name: String,
    pub op: Op,
    pub inputs: Vec<NodeId>,
    /// Shape of what it gives for one image: `[channels, height, width]`, or `[features]`.
    pub shape: Vec<usize>,
}

/// What a node computes. Weights are laid out as in PyTorch: convolution `[out, in / groups, k, k]`,
/// linear `[out, in]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    Input,
    Conv2d {
        input: usize,
        output: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
        groups: usize,
        bias: bool,
    },
    Linear {
        input: usize,
        output: usize,
        bias: bool,
    },
    BatchNorm {
        channels: usize,
    },
    Relu,
    MaxPool {
        kernel: usize,
        stride: usize,
    },
    /// Mean over height and width: `[c, h, w]` to `[c, 1, 1]`.
    GlobalAvgPool,
    Add,
    Flatten,
}

/// A network that cannot be built on these images.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ShapeError(pub String);

/// Builds a graph node by node, working out shapes.
#[derive(Debug)]
pub struct Builder {
    graph: Graph,
}

impl Builder {
    pub fn new(input: [usize; 3], classes: usize) -> Self {
        let node = Node { name: "input".into(), op: Op::Input, inputs: vec![], shape: input.to_vec() };
        Self { graph: Graph { input, classes, nodes: vec![node] } }
    }
}

/// One parameter tensor, or running statistic, of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// As in a PyTorch state dict: `layer1.0.conv1.weight`, `bn1.running_mean`.
    pub name: String,
    pub shape: Vec<usize>,
    pub role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The weight of a linear or convolution layer: what can be pruned.
    Weight,
    Bias,
    NormWeight,
    NormBias,
    RunningMean,
    RunningVariance,
}

impl Graph {
    /// Every parameter and running statistic, in node order.
    pub fn slots(&self) -> Vec<Slot> {
        todo!()
    }

    /// Names of the nodes whose weight can be pruned: linear and convolution layers, in node order.
    /// The weight of layer `l` is the slot `l.weight`.
    pub fn prunable(&self) -> Vec<String> {
        todo!()
    }
}
