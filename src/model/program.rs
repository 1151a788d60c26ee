//! The order in which a graph is computed: nodes that one kernel computes together are one instruction.

use super::graph::{Graph, Node, NodeId, SlotId};
use super::op::{Conv2d, Op};
use crate::kernel::{Activation, Bias, Convolution, MaxPool};

/// How a graph is computed, for its logits and for the outputs of some tapped nodes.
///
/// A tapped node keeps its output: a batch norm whose output is tapped is not computed together with the
/// ReLU behind it. What neither the logits nor a tap depends on is not computed.
#[derive(Debug)]
pub struct Program {
    /// In the order of a forward pass; the backward pass takes them in reverse.
    pub(super) instructions: Vec<Instruction>,
    pub(super) taps: Vec<NodeId>,
}

/// One call of a kernel. A ReLU belongs to the convolution, linear layer or batch norm before it, and an
/// addition to a batch norm before it, where nothing else uses what comes between.
#[derive(Debug)]
pub(super) struct Instruction {
    pub operation: Operation,
    /// The nodes whose outputs it takes; a batch norm takes what is added to it as the second.
    pub inputs: Vec<NodeId>,
    /// The node whose output it gives.
    pub output: NodeId,
    /// The first of its slots.
    pub slot: SlotId,
    /// Nodes whose outputs nothing uses afterwards.
    pub last_uses: Vec<NodeId>,
    /// For each input, whether a parameter or a tap comes before it, so that its gradient is needed.
    pub needs_gradient: Vec<bool>,
}

#[derive(Debug)]
pub(super) enum Operation {
    Input,
    Convolution(Convolution, Bias),
    Linear(Activation, Bias),
    Norm(Activation),
    Relu,
    MaxPool(MaxPool),
    GlobalAverage,
    Add,
    Flatten,
}

impl Program {
    pub fn new(graph: &Graph, taps: &[NodeId]) -> Self {
        let nodes = graph.nodes();
        let mut is_kept = vec![false; nodes.len()];
        taps.iter().chain([&graph.output()]).for_each(|&node| is_kept[node] = true);
        let mut has_gradient = vec![false; nodes.len()];
        let mut instructions = Vec::new();
        for group in groups(nodes, &uses(nodes, &is_kept)) {
            let (start, output) = (&nodes[group[0]], group[group.len() - 1]);
            let joined = &group[1..];
            let added = joined.iter().filter(|&&node| nodes[node].op == Op::Add);
            let added = added.flat_map(|&add| &nodes[add].inputs).filter(|input| !group.contains(input));
            let inputs: Vec<NodeId> = start.inputs.iter().chain(added).copied().collect();
            let needs_gradient: Vec<bool> = inputs.iter().map(|&input| has_gradient[input]).collect();
            has_gradient[output] =
                needs_gradient.contains(&true) || !start.slots.is_empty() || taps.contains(&output);
            let has_relu = joined.iter().any(|&node| nodes[node].op == Op::Relu);
            let activation = if has_relu { Activation::Relu } else { Activation::Identity };
            instructions.push(Instruction {
                operation: operation(start, activation),
                inputs,
                output,
                slot: start.slots.start,
                last_uses: Vec::new(),
                needs_gradient,
            });
        }
        find_last_uses(&mut instructions, is_kept);
        Self { instructions, taps: taps.into() }
    }
}

/// How often the output of each node is used: by the caller, where it `is_kept`, and by nodes that are used
/// themselves.
fn uses(nodes: &[Node], is_kept: &[bool]) -> Vec<usize> {
    let mut uses: Vec<usize> = is_kept.iter().map(|&is_kept| usize::from(is_kept)).collect();
    for (id, node) in nodes.iter().enumerate().rev() {
        if uses[id] > 0 {
            node.inputs.iter().for_each(|&input| uses[input] += 1);
        }
    }
    uses
}

/// The nodes that have a use, in groups: each is one instruction, in the order of the groups' last nodes.
fn groups(nodes: &[Node], uses: &[usize]) -> Vec<Vec<NodeId>> {
    // Each group is at its last node.
    let mut groups: Vec<Vec<NodeId>> = vec![Vec::new(); nodes.len()];
    for (id, node) in nodes.iter().enumerate().filter(|(id, _)| uses[*id] > 0) {
        let is_joined = |&&input: &&NodeId| {
            let before = &nodes[input].op;
            let fits = match node.op {
                // A batch norm adds one thing, and only before its activation.
                Op::Add => *before == Op::BatchNorm,
                Op::Relu => match before {
                    Op::Conv2d(_) | Op::Linear { .. } | Op::BatchNorm => true,
                    Op::Add => groups[input].len() > 1,
                    Op::Input | Op::Relu | Op::MaxPool { .. } | Op::GlobalAvgPool | Op::Flatten => false,
                },
                Op::Input
                | Op::Conv2d(_)
                | Op::Linear { .. }
                | Op::BatchNorm
                | Op::MaxPool { .. }
                | Op::GlobalAvgPool
                | Op::Flatten => false,
            };
            fits && uses[input] == 1
        };
        let mut group = match node.inputs.iter().find(is_joined) {
            Some(&input) => std::mem::take(&mut groups[input]),
            None => Vec::new(),
        };
        group.push(id);
        groups[id] = group;
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// Finds out which instruction uses an output last; those that are kept stay for the caller.
fn find_last_uses(instructions: &mut [Instruction], is_kept: Vec<bool>) {
    let mut is_used_later = is_kept;
    for instruction in instructions.iter_mut().rev() {
        for &input in &instruction.inputs {
            if !is_used_later[input] {
                instruction.last_uses.push(input);
                is_used_later[input] = true;
            }
        }
    }
}

fn operation(node: &Node, activation: Activation) -> Operation {
    let bias = |has_bias: bool| if has_bias { Bias::Present } else { Bias::Absent };
    match node.op {
        Op::Input => Operation::Input,
        Op::Conv2d(Conv2d { stride, padding, groups, bias: has_bias, .. }) => {
            Operation::Convolution(Convolution { stride, padding, groups, activation }, bias(has_bias))
        }
        Op::Linear { bias: has_bias, .. } => Operation::Linear(activation, bias(has_bias)),
        Op::BatchNorm => Operation::Norm(activation),
        Op::Relu => Operation::Relu,
        Op::MaxPool { kernel, stride } => Operation::MaxPool(MaxPool { kernel, stride }),
        Op::GlobalAvgPool => Operation::GlobalAverage,
        Op::Add => Operation::Add,
        Op::Flatten => Operation::Flatten,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::architecture::Resnet;
    use crate::model::{Builder, Model};

    fn names<'a>(graph: &'a Graph, taps: &[NodeId]) -> Vec<&'a str> {
        let instructions = Program::new(graph, taps).instructions;
        instructions.iter().map(|instruction| &*graph.nodes()[instruction.output].name).collect()
    }

    #[test]
    fn a_block_is_two_convolutions_and_two_norms() {
        let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 32, 32], 10).unwrap();
        let program = Program::new(&graph, &[]);
        let names = names(&graph, &[]);
        let at = |name| names.iter().position(|known| *known == name).unwrap();
        let first = at("layer1.0.conv1");
        assert_eq!(
            names[first..first + 4],
            ["layer1.0.conv1", "layer1.0.relu1", "layer1.0.conv2", "layer1.0.relu2"]
        );
        let last = &program.instructions[first + 3];
        assert_eq!(
            last.inputs,
            [program.instructions[first + 2].output, program.instructions[first - 1].output]
        );
        assert!(matches!(last.operation, Operation::Norm(Activation::Relu)));
        // The shortcut's norm comes by itself and is what the other one adds.
        let shortcut = at("layer2.0.downsample.1");
        assert!(matches!(program.instructions[shortcut].operation, Operation::Norm(Activation::Identity)));
        assert!(
            program.instructions[at("layer2.0.relu2")]
                .inputs
                .contains(&program.instructions[shortcut].output)
        );
    }

    fn needs_gradient(taps: &[NodeId]) -> Vec<Vec<bool>> {
        let graph = Model::Lenet5.graph([1, 28, 28], 10).unwrap();
        let instructions = Program::new(&graph, taps).instructions;
        instructions.into_iter().map(|instruction| instruction.needs_gradient).collect()
    }

    #[test]
    fn the_gradient_of_the_images_is_not_needed_unless_they_are_tapped() {
        assert_eq!(needs_gradient(&[])[..3], [vec![], vec![false], vec![true]]);
        assert_eq!(needs_gradient(&[Builder::INPUT])[..3], [vec![], vec![true], vec![true]]);
    }

    #[test]
    fn what_is_used_twice_keeps_its_output() {
        let mut builder = Builder::new([1, 2, 2], 4);
        let norm = builder.add("bn", Op::BatchNorm, &[Builder::INPUT]).unwrap();
        let relu = builder.add("relu", Op::Relu, &[norm]).unwrap();
        let sum = builder.add("add", Op::Add, &[norm, relu]).unwrap();
        let flat = builder.add("flatten", Op::Flatten, &[sum]).unwrap();
        let graph = builder.finish(flat).unwrap();
        assert_eq!(names(&graph, &[]), ["input", "bn", "relu", "add", "flatten"]);
    }

    /// bn2 and the shortcut's addition are computed with relu2 unless they are tapped; a tap behind the
    /// addition splits it from its norm.
    #[test]
    fn what_is_tapped_is_computed_by_itself() {
        let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 32, 32], 10).unwrap();
        let id = |name| graph.node(name).unwrap();
        let last = |taps: &[NodeId], count: usize| {
            let names = names(&graph, taps);
            let end = names.iter().position(|name| *name == "layer1.0.relu2").unwrap();
            names[end + 1 - count..=end].to_vec()
        };
        let [bn, add, relu] = ["layer1.0.bn2", "layer1.0.add", "layer1.0.relu2"];
        assert_eq!(last(&[], 2), ["layer1.0.conv2", relu]);
        assert_eq!(last(&[id(relu)], 2), ["layer1.0.conv2", relu]);
        assert_eq!(last(&[id(add)], 3), ["layer1.0.conv2", add, relu]);
        assert_eq!(last(&[id(bn)], 4), ["layer1.0.conv2", bn, add, relu]);
    }

    /// A head beside the logits, as an adapter is.
    #[test]
    fn what_nobody_looks_at_is_not_computed() {
        let mut builder = Builder::new([1, 2, 2], 4);
        let flat = builder.add("flatten", Op::Flatten, &[Builder::INPUT]).unwrap();
        let fc = builder.add("fc", Op::Linear { output: 4, bias: true }, &[flat]).unwrap();
        let relu = builder.add("relu", Op::Relu, &[fc]).unwrap();
        let head = builder.add("head", Op::Linear { output: 2, bias: true }, &[relu]).unwrap();
        let graph = builder.finish(fc).unwrap();
        assert_eq!(names(&graph, &[]), ["input", "flatten", "fc"]);
        assert_eq!(names(&graph, &[head]), ["input", "flatten", "fc", "relu", "head"]);
    }
}
