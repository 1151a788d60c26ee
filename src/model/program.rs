//! A graph as it is computed: nodes that a kernel does in one pass are one step.

use super::graph::{Graph, Node, NodeId};
use super::op::{Conv2d, Op};
use crate::kernel::{Activation, Bias, Convolution, MaxPool};

/// The steps of a forward pass, in order; the pass back takes them from the end.
#[derive(Debug)]
pub(super) struct Program {
    pub steps: Vec<Step>,
}

/// One pass of a kernel. A ReLU belongs to the convolution, linear layer or batch norm before it, and an
/// addition to a batch norm before it, where nothing else uses what comes between.
#[derive(Debug)]
pub(super) struct Step {
    pub work: Work,
    /// What it takes; a batch norm takes what is added to it as the second.
    pub inputs: Vec<NodeId>,
    /// The node whose value it gives.
    pub output: NodeId,
    /// The first of its slots.
    pub slot: usize,
    /// Nodes that no later step takes.
    pub last_uses: Vec<NodeId>,
    /// For each input, whether a parameter comes before it, so that its gradient is wanted.
    pub wanted: Vec<bool>,
}

#[derive(Debug)]
pub(super) enum Work {
    Input,
    /// With the weight's shape.
    Convolution(Convolution, [usize; 4], Bias),
    /// With the weight's shape.
    Linear(Activation, [usize; 2], Bias),
    Norm(Activation),
    Relu,
    MaxPool(MaxPool),
    GlobalAverage,
    Add,
    Flatten,
}

impl Program {
    pub fn new(graph: &Graph) -> Self {
        let nodes = graph.nodes();
        let mut uses = vec![0; nodes.len()];
        nodes.iter().flat_map(|node| &node.inputs).for_each(|&input| uses[input] += 1);
        // For each node, the node that its step begins with, and whether a later step took it over.
        let mut first: Vec<NodeId> = (0..nodes.len()).collect();
        let mut is_inner = vec![false; nodes.len()];
        let is_norm = |node: NodeId| nodes[node].op == Op::BatchNorm;
        for (id, node) in nodes.iter().enumerate() {
            let takes = |input: NodeId| {
                uses[input] == 1
                    && match node.op {
                        // A step adds one thing and only before its activation.
                        Op::Add => is_norm(input),
                        Op::Relu => match nodes[input].op {
                            Op::Conv2d(_) | Op::Linear { .. } | Op::BatchNorm => true,
                            Op::Add => first[input] != input,
                            _ => false,
                        },
                        _ => false,
                    }
            };
            if let Some(&input) = node.inputs.iter().find(|&&input| takes(input)) {
                first[id] = first[input];
                is_inner[input] = true;
            }
        }
        let mut has_parameters = vec![false; nodes.len()];
        let mut steps = Vec::new();
        for id in (0..nodes.len()).filter(|&id| !is_inner[id]) {
            let start = first[id];
            let activation =
                if start != id && nodes[id].op == Op::Relu { Activation::Relu } else { Activation::Identity };
            let mut inputs = nodes[start].inputs.clone();
            // The nodes between the first and the last: at most an addition.
            let added = (start..=id)
                .filter(|&node| node != start && first[node] == start && nodes[node].op == Op::Add);
            inputs.extend(added.flat_map(|add| &nodes[add].inputs).filter(|&&other| first[other] != start));
            let wanted: Vec<bool> = inputs.iter().map(|&input| has_parameters[input]).collect();
            has_parameters[id] = wanted.contains(&true) || !nodes[start].slots.is_empty();
            let work = work(graph, &nodes[start], activation);
            let slot = nodes[start].slots.start;
            steps.push(Step { work, inputs, output: id, slot, last_uses: Vec::new(), wanted });
        }
        let mut seen = vec![false; nodes.len()];
        for step in steps.iter_mut().rev() {
            let mut inputs = step.inputs.clone();
            inputs.dedup();
            step.last_uses = inputs.into_iter().filter(|&input| !seen[input]).collect();
            step.inputs.iter().for_each(|&input| seen[input] = true);
        }
        Self { steps }
    }
}

fn work(graph: &Graph, node: &Node, activation: Activation) -> Work {
    let bias = |has_bias: bool| if has_bias { Bias::Present } else { Bias::Absent };
    let weight = || graph.slots()[node.slots.start].shape.as_slice();
    match node.op {
        Op::Input => Work::Input,
        Op::Conv2d(Conv2d { stride, padding, groups, bias: has_bias, .. }) => Work::Convolution(
            Convolution { stride, padding, groups, activation },
            weight().try_into().expect("the weight of a convolution has four axes"),
            bias(has_bias),
        ),
        Op::Linear { bias: has_bias, .. } => Work::Linear(
            activation,
            weight().try_into().expect("the weight of a linear layer is a matrix"),
            bias(has_bias),
        ),
        Op::BatchNorm => Work::Norm(activation),
        Op::Relu => Work::Relu,
        Op::MaxPool { kernel, stride } => Work::MaxPool(MaxPool { kernel, stride }),
        Op::GlobalAvgPool => Work::GlobalAverage,
        Op::Add => Work::Add,
        Op::Flatten => Work::Flatten,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::architecture::Resnet;
    use crate::model::{Builder, Model};

    fn names(graph: &Graph) -> Vec<&str> {
        Program::new(graph).steps.iter().map(|step| &*graph.nodes()[step.output].name).collect()
    }

    #[test]
    fn a_block_is_two_convolutions_and_two_norms() {
        let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 32, 32], 10).unwrap();
        let program = Program::new(&graph);
        let names = names(&graph);
        let at = |name| names.iter().position(|known| *known == name).unwrap();
        let first = at("layer1.0.conv1");
        assert_eq!(
            names[first..first + 4],
            ["layer1.0.conv1", "layer1.0.relu1", "layer1.0.conv2", "layer1.0.relu2"]
        );
        let last = &program.steps[first + 3];
        assert_eq!(last.inputs, [program.steps[first + 2].output, program.steps[first - 1].output]);
        assert!(matches!(last.work, Work::Norm(Activation::Relu)));
        // The shortcut's norm comes by itself and is what the other one adds.
        let shortcut = at("layer2.0.downsample.1");
        assert!(matches!(program.steps[shortcut].work, Work::Norm(Activation::Identity)));
        assert!(program.steps[at("layer2.0.relu2")].inputs.contains(&program.steps[shortcut].output));
    }

    #[test]
    fn the_gradient_of_the_images_is_not_wanted() {
        let graph = Model::Lenet5.graph([1, 28, 28], 10).unwrap();
        let wanted: Vec<Vec<bool>> = Program::new(&graph).steps.into_iter().map(|step| step.wanted).collect();
        assert_eq!(wanted[..3], [vec![], vec![false], vec![true]]);
    }

    #[test]
    fn what_is_used_twice_is_not_passed_over() {
        let mut builder = Builder::new([1, 2, 2], 4);
        let norm = builder.add("bn", Op::BatchNorm, &[Builder::INPUT]).unwrap();
        let relu = builder.add("relu", Op::Relu, &[norm]).unwrap();
        let sum = builder.add("add", Op::Add, &[norm, relu]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[sum]).unwrap();
        let graph = builder.finish(flat).unwrap();
        assert_eq!(names(&graph), ["input", "bn", "relu", "add", "flatten"]);
    }
}
