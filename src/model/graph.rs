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

/// One parameter array, or running statistic, of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// As in a PyTorch state dict: `layer1.0.conv1.weight`, `bn1.running_mean`.
    pub name: String,
    pub shape: Vec<usize>,
    pub role: Role,
}

/// What a slot is for.
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

impl Node {
    /// Its parameters and running statistics, in PyTorch's order.
    pub fn slots(&self) -> Vec<Slot> {
        let slot = |part: &str, shape: &[usize], role| Slot {
            name: format!("{}.{part}", self.name),
            shape: shape.into(),
            role,
        };
        let bias = |output: usize, has_bias: bool| has_bias.then(|| slot("bias", &[output], Role::Bias));
        match self.op {
            Op::Conv2d { input, output, kernel, groups, bias: has_bias, .. } => {
                let weight = slot("weight", &[output, input / groups, kernel, kernel], Role::Weight);
                [Some(weight), bias(output, has_bias)].into_iter().flatten().collect()
            }
            Op::Linear { input, output, bias: has_bias } => {
                let weight = slot("weight", &[output, input], Role::Weight);
                [Some(weight), bias(output, has_bias)].into_iter().flatten().collect()
            }
            Op::BatchNorm { channels } => vec![
                slot("weight", &[channels], Role::NormWeight),
                slot("bias", &[channels], Role::NormBias),
                slot("running_mean", &[channels], Role::RunningMean),
                slot("running_var", &[channels], Role::RunningVariance),
            ],
            Op::Input | Op::Relu | Op::MaxPool { .. } | Op::GlobalAvgPool | Op::Add | Op::Flatten => {
                Vec::new()
            }
        }
    }

    /// Whether it has a weight that can be pruned.
    pub fn is_prunable(&self) -> bool {
        matches!(self.op, Op::Conv2d { .. } | Op::Linear { .. })
    }
}

impl Graph {
    /// Every parameter and running statistic, in node order.
    pub fn slots(&self) -> Vec<Slot> {
        self.nodes.iter().flat_map(Node::slots).collect()
    }

    /// Names of the nodes whose weight can be pruned: linear and convolution layers, in node order.
    /// The weight of layer `l` is the slot `l.weight`.
    pub fn prunable(&self) -> Vec<String> {
        self.nodes.iter().filter(|node| node.is_prunable()).map(|node| node.name.clone()).collect()
    }
}
