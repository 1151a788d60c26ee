//! A network with zero channels and the same network without them give the same logits.

use super::*;
use crate::kernel::{Flex, FlexDevice};
use crate::model::architecture::{Mlp, Resnet, Vgg};
use crate::model::{Builder, Conv2d, Mode, Model, Network, Op, Trained};
use burn::tensor::{Tensor, TensorData};
use proptest::prelude::*;
use std::sync::Arc;

fn array(shape: &[usize], values: &[f32]) -> Array {
    Array { shape: shape.into(), values: values.into() }
}

fn without(slot: &str) -> Slice {
    Slice { removed: [slot.to_owned()].into(), kept: BTreeMap::new() }
}

#[test]
fn values_are_taken_along_each_axis() {
    let mut slice = Slice::default();
    slice.keep("fc.weight", 0, vec![0, 2]);
    slice.keep("fc.weight", 1, vec![1]);
    #[rustfmt::skip]
    let weight = array(&[3, 2], &[
        1.0, 2.0,
        3.0, 4.0,
        5.0, 6.0,
    ]);
    assert_eq!(slice.array("fc.weight", &weight), Some(array(&[2, 1], &[2.0, 6.0])));
    assert_eq!(slice.array("fc.bias", &array(&[1], &[7.0])), Some(array(&[1], &[7.0])));
    assert_eq!(without("fc.bias").array("fc.bias", &array(&[1], &[7.0])), None);
}

#[test]
fn slices_compose() {
    let (mut first, mut second) = (Slice::default(), without("gone"));
    first.keep("a", 0, vec![1, 2, 4]);
    first.keep("gone", 0, vec![0]);
    second.keep("a", 0, vec![0, 2]);
    second.keep("b", 1, vec![3]);
    let mut both = without("gone");
    both.keep("a", 0, vec![1, 4]);
    both.keep("b", 1, vec![3]);
    assert_eq!(first.then(&second), both);
}

/// Comes back as it went, and what was never sliced is short.
#[test]
fn is_written_as_plain_data() {
    let mut slice = without("gone");
    slice.keep("a", 1, vec![0, 3]);
    let text = serde_json::to_string(&slice).unwrap();
    assert_eq!(text, r#"{"removed":["gone"],"kept":{"a":{"1":[0,3]}}}"#);
    assert_eq!(serde_json::from_str::<Slice>(&text).unwrap(), slice);
}

/// Numbers between −1 and 1 that look like chance.
fn number(seed: usize) -> f32 {
    let bits = (seed as u32).wrapping_mul(2_654_435_761).wrapping_add(12_345);
    ((bits ^ bits >> 15).wrapping_mul(2_246_822_519) >> 8) as f32 / (1 << 23) as f32 - 1.0
}

/// Weights, and running statistics that are no identity; each layer keeps the size of what goes through it.
fn weights(graph: &Graph) -> Weights {
    let slots = graph.slots().iter().enumerate().map(|(id, slot)| {
        let size = slot.shape[1..].iter().product::<usize>().max(1) as f32;
        let scale = if slot.shape.len() > 1 { (3.0 / size).sqrt() } else { 0.5 };
        let value = |index: usize| match slot.name.ends_with("running_var") {
            true => 1.0 + 0.5 * number(index + 7 * id),
            false => scale * number(index + 1_000 * id),
        };
        (slot.name.clone(), array(&slot.shape, &(0..slot.size()).map(value).collect::<Vec<_>>()))
    });
    Weights(slots.collect())
}

/// Every second channel of the groups that may lose some, from a place that depends on the group; all where
/// there is but one.
fn halves(groups: &[ChannelGroup]) -> Vec<(&ChannelGroup, Vec<usize>)> {
    let free = groups.iter().filter(|group| group.fixed.is_none());
    let kept = free.enumerate().map(|(id, group)| {
        let kept = (0..group.channels).filter(|channel| group.channels == 1 || (channel + id) % 2 == 0);
        (group, kept.collect())
    });
    kept.collect()
}

/// `weights` with zeros in place of what makes the channels that are not `kept`.
fn zeroed(graph: &Graph, weights: &Weights, kept: &[(&ChannelGroup, Vec<usize>)]) -> Weights {
    let mut weights = weights.clone();
    for (group, kept) in kept {
        for &node in &group.nodes {
            for slot in &graph.slots()[graph.nodes()[node].slots.clone()] {
                if !slot.role.is_learned() {
                    continue;
                }
                let values = &mut weights.0[&slot.name].values;
                let channel = values.len() / group.channels;
                for (channel, values) in values.chunks_exact_mut(channel).enumerate() {
                    if !kept.contains(&channel) {
                        values.fill(0.0);
                    }
                }
            }
        }
    }
    weights
}

fn logits(network: &Trained) -> Vec<f32> {
    let [channels, height, width] = network.graph().input();
    let images: Vec<f32> = (0..2 * channels * height * width).map(|pixel| 2.0 * number(pixel + 5)).collect();
    let images =
        Tensor::<Flex, 4>::from_data(TensorData::new(images, [2, height, width, channels]), &FlexDevice);
    let network = Network::<Flex>::from_trained(network, &FlexDevice);
    network.forward(images, Mode::Evaluate).logits.into_data().to_vec().unwrap()
}

/// Asserts that `graph` with every second channel zero and `graph` without these give the same logits.
fn assert_removable(graph: &Graph) -> (Graph, Slice) {
    let groups = graph.channel_groups();
    let kept = halves(&groups);
    let slice = Slice::of_channels(graph, &kept);
    let small = graph.with_channels(&kept).unwrap();
    let weights = weights(graph);
    let zeroed = Trained::new(Arc::new(graph.clone()), zeroed(graph, &weights, &kept)).unwrap();
    let removed = Trained::new(Arc::new(small.clone()), slice.weights(&weights)).unwrap();
    let (zeroed, removed) = (logits(&zeroed), logits(&removed));
    let largest = zeroed.iter().fold(1f32, |largest, logit| largest.max(logit.abs()));
    for (zeroed, removed) in zeroed.iter().zip(&removed) {
        assert!((zeroed - removed).abs() <= 1e-5 * largest, "{zeroed} is not {removed}");
    }
    assert!(largest > 1e-3 && zeroed.len() == removed.len());
    (small, slice)
}

#[test]
fn every_architecture_may_lose_channels() {
    for (model, input) in [
        (Model::Mlp(Mlp { hidden: vec![9, 7] }), [1, 5, 4]),
        (Model::Lenet5, [1, 28, 28]),
        (Model::Conv2, [1, 8, 8]),
        (Model::Conv4, [3, 8, 8]),
        (Model::Conv6, [3, 8, 8]),
        (Model::Resnet(Resnet { depth: 14, width: 1 }), [3, 8, 8]),
        (Model::Resnet18, [3, 8, 8]),
        (Model::Vgg(Vgg { depth: 11 }), [3, 32, 32]),
    ] {
        let graph = model.graph(input, 10).unwrap();
        let (small, _) = assert_removable(&graph);
        let widths = |graph: &Graph| graph.nodes().iter().map(|node| node.shape[0]).sum::<usize>();
        assert!(widths(&small) < widths(&graph), "{model:?}");
    }
}

/// With zeros for the last norm of each block, which adds nothing then.
#[test]
fn blocks_may_go() {
    let graph = Model::Resnet(Resnet { depth: 14, width: 1 }).graph([3, 8, 8], 10).unwrap();
    let blocks = graph.blocks();
    let some = [&blocks[0], &blocks[2]];
    let mut weights = weights(&graph);
    for part in ["weight", "bias"] {
        for block in ["layer1.0", "layer2.1"] {
            weights.0[&format!("{block}.bn2.{part}")].values.fill(0.0);
        }
    }
    let small = Arc::new(graph.without_blocks(&some).unwrap());
    let slice = Slice::of_blocks(&graph, &some);
    let removed = Trained::new(small, slice.weights(&weights)).unwrap();
    let zeroed = Trained::new(Arc::new(graph), weights).unwrap();
    assert_eq!(logits(&removed), logits(&zeroed));
}

/// Channels go twice, once after the other and once at once.
#[test]
fn what_is_left_may_lose_channels_again() {
    let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap();
    let (small, first) = assert_removable(&graph);
    let (smallest, second) = assert_removable(&small);
    let weights = weights(&graph);
    let in_turn = second.weights(&first.weights(&weights));
    assert_eq!(first.then(&second).weights(&weights), in_turn);
    assert!(Trained::new(Arc::new(smallest), in_turn).is_ok());
}

/// What a random network is made of.
#[derive(Clone, Copy, Debug)]
enum Step {
    Conv(usize),
    Norm,
    Relu,
    Pool,
    Depthwise(usize),
    Grouped,
    /// Around one convolution.
    Residual,
    /// Of two convolutions side by side.
    Sum(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..7usize).prop_map(Step::Conv),
        Just(Step::Norm),
        Just(Step::Relu),
        Just(Step::Pool),
        (1..3usize).prop_map(Step::Depthwise),
        Just(Step::Grouped),
        Just(Step::Residual),
        (1..7usize).prop_map(Step::Sum),
    ];
    prop::collection::vec(step, 1..9)
}

/// The network of `steps`, of linear layers of these widths after them, and of a sum around the last of these.
fn random(steps: &[Step], hidden: &[usize]) -> Graph {
    let mut builder = Builder::new([2, 6, 6], 3);
    let mut count = 0..;
    let mut add = |op: Op, inputs: &[NodeId]| {
        let id = builder.add(&format!("n{}", count.next().unwrap()), op, inputs).unwrap();
        (id, builder.shape(id).to_vec())
    };
    let conv = |output, groups, bias| Op::Conv2d(Conv2d { groups, bias, ..Conv2d::three(output) });
    let (mut last, mut shape) = add(conv(4, 1, true), &[Builder::INPUT]);
    for step in steps {
        let channels = shape[0];
        (last, shape) = match *step {
            Step::Conv(output) => add(conv(output, 1, true), &[last]),
            Step::Norm => add(Op::BatchNorm, &[last]),
            Step::Relu => add(Op::Relu, &[last]),
            Step::Pool if shape[1] > 1 => add(Op::MaxPool { kernel: 2, stride: 2 }, &[last]),
            Step::Pool => (last, shape),
            Step::Depthwise(factor) => add(conv(channels * factor, channels, true), &[last]),
            Step::Grouped if channels % 2 == 0 => add(conv(channels, 2, false), &[last]),
            Step::Grouped => (last, shape),
            Step::Residual => {
                let (inner, _) = add(conv(channels, 1, false), &[last]);
                add(Op::Add, &[inner, last])
            }
            Step::Sum(output) => {
                let sides = [add(conv(output, 1, true), &[last]).0, add(conv(output, 1, false), &[last]).0];
                add(Op::Add, &sides)
            }
        };
    }
    (last, shape) = add(Op::Flatten, &[last]);
    // Features as wide as those that they are added to.
    let (side, _) = add(Op::Linear { output: shape[0], bias: true }, &[last]);
    (last, _) = add(Op::Add, &[last, side]);
    for &output in hidden {
        (last, _) = add(Op::Linear { output, bias: true }, &[last]);
        (last, _) = add(Op::Relu, &[last]);
    }
    let (logits, _) = add(Op::Linear { output: 3, bias: true }, &[last]);
    builder.finish(logits).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_networks_may_lose_channels(steps in steps(), hidden in prop::collection::vec(1..6usize, 0..3)) {
        assert_removable(&random(&steps, &hidden));
    }
}
