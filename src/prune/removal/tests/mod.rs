//! What goes, by hand, and that all counts are those of the smaller network.

mod scoring;
mod torch_pruning;

use super::*;
use crate::model::architecture::{Mlp, Resnet};
use crate::model::{Array, Builder, Conv2d, Model, NodeId, Op};
use crate::model::{Cost, Graph, Trained, Weights, weight_name};
use crate::prune::testing::round;
use crate::prune::{
    Amount, Granularity, Mask, Masks, Normalizer, PruneError, Pruned, Pruning, Quantity, Reduction, Request,
    Scores,
};
use proptest::prelude::*;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Weights that are all 1.
fn ones(graph: Graph) -> Trained {
    let array = |shape: &[usize]| Array { shape: shape.into(), values: vec![1.0; shape.iter().product()] };
    let weights = graph.slots().iter().map(|slot| (slot.name.clone(), array(&slot.shape)));
    let weights = Weights(weights.collect());
    Trained::new(Arc::new(graph), weights).unwrap()
}

fn mlp(hidden: &[usize]) -> Trained {
    ones(Model::Mlp(Mlp { hidden: hidden.into() }).graph([1, 1, 2], 2).unwrap())
}

fn pruning(granularity: Granularity, request: Request, graph: &Graph) -> Pruning {
    Pruning { granularity, ..round(graph.prunable(), request) }
}

/// Prunes with the scores that `score` gives of each weight of each layer.
fn pruned(
    pruning: &Pruning,
    network: Trained,
    masks: Masks,
    origin: &Cost,
    score: impl Fn(&str, usize) -> f32,
) -> Result<Pruned, PruneError> {
    pruned_by(UnitScoring::default(), pruning, network, masks, origin, score)
}

/// The same with units that are scored by `scoring`.
fn pruned_by(
    scoring: UnitScoring,
    pruning: &Pruning,
    network: Trained,
    masks: Masks,
    origin: &Cost,
    score: impl Fn(&str, usize) -> f32,
) -> Result<Pruned, PruneError> {
    let removal = pruning.granularity.removal(pruning.limits).unwrap();
    let asked = (&pruning.request, &*pruning.layers);
    remove_in_passes((removal, scoring), asked, 1, (network, masks), origin, |network, _| {
        let scores = pruning.layers.iter().filter_map(|layer| {
            let slot = network.graph().weight_of(layer)?;
            let size = network.graph().slots()[slot].size();
            Some((layer.clone(), (0..size).map(|place| score(layer, place)).collect()))
        });
        Ok(Scores(scores.collect()).into())
    })
}

/// Two pixels, three hidden units, two classes: 12 weights. Of unit 0 the scores of fc1 are 1, 1 and those of fc2
/// 9, 9: their mean is 5. Of unit 1 they are 4, 4, 1, 1: 2½. Of unit 2 they are 2, 2, 2, 2: 2.
fn score(layer: &str, place: usize) -> f32 {
    match layer {
        "fc1" => [1.0, 1.0, 4.0, 4.0, 2.0, 2.0][place],
        _ => [9.0, 1.0, 2.0, 9.0, 1.0, 2.0][place],
    }
}

/// The hidden units that are left, from the slice of the first bias.
fn left(request: Request) -> Result<Vec<f32>, PruneError> {
    let network = mlp(&[3]);
    let pruning = pruning(Granularity::Channel, request, network.graph());
    let origin = Cost::of(network.graph());
    let pruned = pruned(&pruning, network, Masks::default(), &origin, score)?;
    let (_, left) = pruned.slice.values("fc1.bias", &[3], &[0.0, 1.0, 2.0]).unwrap();
    assert_eq!(pruned.network.weights().0["fc2.weight"].shape, [2, left.len()]);
    Ok(left)
}

#[test]
fn channels_go_by_the_mean_of_all_that_goes_with_them() {
    // Each unit takes 4 of the 12 weights along, and a bias besides.
    let overall = |share| left(Request::Overall(Amount::To(share)));
    assert_eq!(overall(0.0), Ok(vec![0.0, 1.0, 2.0]));
    assert_eq!(overall(1.0 / 3.0), Ok(vec![0.0, 1.0]));
    assert_eq!(overall(0.4), Ok(vec![0.0]));
    let budget = |quantity, left_over| left(Request::Budget { quantity, left: left_over, way: None });
    // 12 weights and 5 biases; a unit less is 8 and 4.
    assert_eq!(budget(Quantity::Parameters, 12), Ok(vec![0.0, 1.0]));
    assert_eq!(budget(Quantity::Parameters, 11), Ok(vec![0.0]));
    assert_eq!(budget(Quantity::Macs, 8), Ok(vec![0.0, 1.0]));
    assert_eq!(left(Request::Threshold(2.5)), Ok(vec![0.0, 1.0]));
}

#[test]
fn the_last_channel_stays() {
    let error = PruneError::OutOfReach { quantity: Quantity::Weights, left: 1, fixed: 4 };
    assert_eq!(left(Request::Overall(Amount::To(0.9))), Err(error));
    assert_eq!(left(Request::Threshold(100.0)), Ok(vec![0.0]));
}

#[test]
fn a_second_round_counts_from_the_first_network() {
    let network = mlp(&[3]);
    let origin = Cost::of(network.graph());
    let round = |network: Trained, amount| {
        let pruning = pruning(Granularity::Channel, Request::Overall(amount), network.graph());
        pruned(&pruning, network, Masks::default(), &origin, |layer, place| (layer.len() + place) as f32)
            .unwrap()
    };
    let first = round(network, Amount::To(1.0 / 3.0));
    assert_eq!(Cost::of(first.network.graph()).prunable, 8);
    let same = round(first.network.clone(), Amount::To(1.0 / 3.0));
    assert_eq!(same.network, first.network);
    assert!(same.slice.is_whole());
    let half = round(first.network, Amount::Rate(0.5));
    assert_eq!(Cost::of(half.network.graph()).prunable, 4);
}

/// Of unit 2 all but one weight are masked: it scores 2 still, and takes one weight along.
#[test]
fn masked_weights_count_neither_for_the_score_nor_for_the_goal() {
    let network = mlp(&[3]);
    let masks = [
        ("fc1".to_owned(), [1, 1, 1, 1, 1, 0].map(|kept| kept == 1).into_iter().collect()),
        ("fc2".to_owned(), [1, 1, 0, 1, 1, 0].map(|kept| kept == 1).into_iter().collect()),
    ];
    let masks = Masks(masks.into());
    let origin = Cost::of(network.graph());
    // 9 of 12 are kept; 8 shall be left.
    let pruning = pruning(Granularity::Channel, Request::Overall(Amount::To(1.0 / 3.0)), network.graph());
    let pruned = pruned(&pruning, network, masks, &origin, score).unwrap();
    assert_eq!(pruned.masks.0["fc1"], Mask::full(4));
    assert_eq!(pruned.masks.0["fc2"], Mask::full(4));
}

#[test]
fn channels_left_are_a_multiple() {
    let network = mlp(&[10]);
    let request = Request::Overall(Amount::To(0.05));
    let four = NonZeroUsize::new(4).unwrap();
    let limits = ChannelLimits { round_to: four, ..ChannelLimits::default() };
    let pruning = Pruning { limits, ..pruning(Granularity::Channel, request, network.graph()) };
    let origin = Cost::of(network.graph());
    let pruned = pruned(&pruning, network, Masks::default(), &origin, |_, place| place as f32).unwrap();
    assert_eq!(pruned.network.weights().0["fc1.bias"].shape, [8]);
}

/// fc1 has 8 weights, fc2 16 and fc3 8; half of fc1 and fc2 shall go. In turn they lose a unit: 6 and 12, 6 and 9,
/// 4 and 6; then both are at their half.
#[test]
fn where_layers_are_asked_they_lose_channels_in_turn() {
    let network = mlp(&[4, 4]);
    let amounts = ["fc1", "fc2"].map(|layer| (layer.to_owned(), Amount::To(0.5)));
    let pruning = pruning(Granularity::Channel, Request::Layers(amounts.into()), network.graph());
    let origin = Cost::of(network.graph());
    let pruned = pruned(&pruning, network, Masks::default(), &origin, |_, place| place as f32).unwrap();
    let shape = |slot: &str| pruned.network.weights().0[slot].shape.clone();
    assert_eq!(
        (shape("fc1.weight"), shape("fc2.weight"), shape("fc3.weight")),
        (vec![2, 2], vec![3, 2], vec![2, 3])
    );
}

/// The units that are left of two hidden layers of four, of which fc1 shall lose half, fc2 a quarter and fc3, whose
/// channels are the logits, three quarters: of 8, 16 and 8 weights 18 shall be left.
fn left_of_layers(least: usize) -> Result<[usize; 2], PruneError> {
    let network = mlp(&[4, 4]);
    let shares = [("fc1", 0.5), ("fc2", 0.25), ("fc3", 0.75)];
    let amounts = shares.map(|(layer, share)| (layer.to_owned(), Amount::To(share)));
    let limits =
        ChannelLimits { min_per_layer: NonZeroUsize::new(least).unwrap(), ..ChannelLimits::default() };
    let asked = pruning(Granularity::Channel, Request::Layers(amounts.into()), network.graph());
    let pruning = Pruning { limits, ..asked };
    let origin = Cost::of(network.graph());
    let known_before = pruning.out_of_reach(network.graph());
    let pruned = pruned(&pruning, network, Masks::default(), &origin, |_, place| place as f32);
    assert_eq!(pruned.as_ref().err(), known_before.as_ref());
    let weights = pruned?.network.weights().clone();
    Ok(["fc1.bias", "fc2.bias"].map(|bias| weights.0[bias].values.len()))
}

/// Two units of fc1 leave 4, 8 and 8 weights: fc1 and fc2 have lost their shares, and fc3 loses inputs alone. One unit
/// of fc2, which has lost none, makes 4, 6 and 6 of them.
#[test]
fn shares_of_layers_are_met_together() {
    assert_eq!(left_of_layers(1), Ok([2, 3]));
    // Three units and three leave 6, 9 and 6.
    let error = PruneError::OutOfReach { quantity: Quantity::Weights, left: 18, fixed: 21 };
    assert_eq!(left_of_layers(3), Err(error));
}

#[test]
fn a_layer_that_is_not_pruned_keeps_its_channels() {
    let network = mlp(&[3, 3]);
    let origin = Cost::of(network.graph());
    let request = Request::Threshold(100.0);
    let pruning = Pruning {
        layers: ["fc1".to_owned(), "fc3".to_owned()].into(),
        ..pruning(Granularity::Channel, request, network.graph())
    };
    let pruned = pruned(&pruning, network, Masks::default(), &origin, |_, _| 1.0).unwrap();
    assert_eq!(pruned.network.weights().0["fc2.weight"].shape, [3, 1]);
}

/// A stem of four maps, and a convolution around which it goes.
fn around() -> Graph {
    let one = |bias| Op::Conv2d(Conv2d { kernel: 1, padding: 0, bias, ..Conv2d::three(4) });
    let mut builder = Builder::new([1, 2, 2], 2);
    let mut add = |name: &str, op, inputs: &[NodeId]| builder.add(name, op, inputs).unwrap();
    let stem = add("stem", one(true), &[Builder::INPUT]);
    let inner = add("conv", one(false), &[stem]);
    let sum = add("add", Op::Add, &[stem, inner]);
    let mean = add("mean", Op::GlobalAvgPool, &[sum]);
    let flat = add("flat", Op::Flatten, &[mean]);
    let fc = add("fc", Op::Linear { output: 2, bias: true }, &[flat]);
    builder.finish(fc).unwrap()
}

/// The convolution loses a row and a column, so 7 of its 16 weights; the stem one, and a bias; the output two.
#[test]
fn a_layer_may_give_and_take_the_same_channels() {
    let network = ones(around());
    let origin = Cost::of(network.graph());
    let budget = Request::Budget { quantity: Quantity::Parameters, left: 34 - 11, way: None };
    let pruning = pruning(Granularity::Channel, budget, network.graph());
    let pruned = pruned(&pruning, network, Masks::default(), &origin, |_, _| 1.0).unwrap();
    assert_eq!(pruned.network.weights().0["conv.weight"].shape, [3, 3, 1, 1]);
    assert_eq!(Cost::of(pruned.network.graph()).parameters, 23);
}

/// Blocks of 4,608, 4,608, 18,432 and 73,728 weights; the third scores least, and the first two are equal.
#[test]
fn blocks_go_by_their_means_and_equal_ones_by_position() {
    let graph = Model::Resnet(Resnet { depth: 14, width: 1 }).graph([3, 8, 8], 10).unwrap();
    let score = |layer: &str, _: usize| match &layer[..layer.len().min(8)] {
        "layer2.1" => 1.0,
        "layer3.1" => 3.0,
        _ => 2.0,
    };
    let gone = |weights: u64| {
        let network = ones(graph.clone());
        let origin = Cost::of(network.graph());
        let left = origin.prunable - weights;
        let request = Request::Budget { quantity: Quantity::Weights, left, way: None };
        let pruning = pruning(Granularity::Layer, request, network.graph());
        let pruned = pruned(&pruning, network, Masks::default(), &origin, score).unwrap();
        let left = pruned.network.graph().prunable();
        let blocks = ["layer1.0", "layer1.1", "layer2.1", "layer3.1"].into_iter();
        let gone = blocks.filter(|block| !left.contains(&format!("{block}.conv1")));
        gone.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(gone(1), "layer2.1");
    assert_eq!(gone(18_433), "layer1.0 layer2.1");
    assert_eq!(gone(18_432 + 2 * 4_608 + 1), "layer1.0 layer1.1 layer2.1 layer3.1");
}

#[test]
fn what_cannot_be_reached_is_known_before() {
    let graph = mlp(&[3]).graph().as_ref().clone();
    let asked = |share, limits| {
        let request = Request::Overall(Amount::To(share));
        Pruning { limits, ..pruning(Granularity::Channel, request, &graph) }.out_of_reach(&graph)
    };
    let two = ChannelLimits { min_per_layer: NonZeroUsize::new(2).unwrap(), ..ChannelLimits::default() };
    assert_eq!(asked(0.5, ChannelLimits::default()), None);
    let error = PruneError::OutOfReach { quantity: Quantity::Weights, left: 6, fixed: 8 };
    assert_eq!(asked(0.5, two), Some(error));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What is counted while channels go is what the smaller network costs, with its masks; and it is met by as
    /// few units as can be: where exactly what is left is asked for, the same channels go.
    #[test]
    fn counts_are_those_of_the_smaller_network(
        share in 0.3..1.0f64, seed in 0..1_000usize, quantity in 0..3usize,
    ) {
        let quantity = [Quantity::Weights, Quantity::Parameters, Quantity::Macs][quantity];
        let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 8, 8], 10).unwrap();
        let cost = Cost::of(&graph);
        let number = |place: usize| (place.wrapping_mul(2_654_435_761).wrapping_add(seed * 97) >> 7) % 101;
        let mask = |layer: &str| {
            let weight = &graph.slots()[graph.weight_of(layer).unwrap()];
            (0..weight.size()).map(|place| number(place) > 40).collect()
        };
        let masked = ["layer1.0.conv2", "layer2.0.conv1"].map(|layer| (layer.to_owned(), mask(layer)));
        let masks = Masks(masked.into());
        let asked = (share * quantity.of_network(&cost, &masks) as f64) as u64;
        let prune = |left: u64| {
            let pruning = pruning(Granularity::Channel, Request::Budget { quantity, left, way: None }, &graph);
            let score = |layer: &str, place: usize| (number(place / 9 + layer.len()) + 1) as f32;
            pruned(&pruning, ones(graph.clone()), masks.clone(), &cost, score).unwrap()
        };
        let found = prune(asked);
        let left = quantity.of_network(&Cost::of(found.network.graph()), &found.masks);
        prop_assert!(left <= asked);
        prop_assert_eq!(&prune(left), &found);
        let less = prune(left - 1);
        prop_assert!(quantity.of_network(&Cost::of(less.network.graph()), &less.masks) < left);
    }
}
