//! How a channel is scored by the scores of weights.

use super::*;

/// The hidden units that are left of a network of two pixels and two classes without this share of its weights.
fn left(
    scoring: UnitScoring,
    hidden: &[usize],
    share: f64,
    score: fn(&str, usize) -> f32,
) -> Vec<Vec<usize>> {
    let network = mlp(hidden);
    let origin = Cost::of(network.graph());
    let pruning = pruning(Granularity::Channel, Request::Overall(Amount::To(share)), network.graph());
    let pruned = pruned_by(scoring, &pruning, network, Masks::default(), &origin, score).unwrap();
    let of_layer = |(layer, &units): (usize, &usize)| {
        let all: Vec<usize> = (0..units).collect();
        pruned.slice.values(&format!("fc{}.bias", layer + 1), &[units], &all).unwrap().1
    };
    hidden.iter().enumerate().map(of_layer).collect()
}

/// Of three hidden units the weights that give them score (1, 1), (4, 4) and (3, 3), and those that take them
/// (9, 9), (1, 2) and (3, 3).
fn of_three(layer: &str, place: usize) -> f32 {
    match layer {
        "fc1" => [1.0, 1.0, 4.0, 4.0, 3.0, 3.0][place],
        _ => [9.0, 1.0, 3.0, 9.0, 2.0, 3.0][place],
    }
}

// Of all weights the means are 5, 2¾ and 3, the sums 20, 11 and 12, the largest 9, 4 and 3 and the norms √164, √37 and
// √36.
#[test]
fn a_channel_is_scored_by_the_reduction() {
    let without = |reduction| {
        let scoring = UnitScoring { reduction, ..UnitScoring::default() };
        left(scoring, &[3], 1.0 / 3.0, of_three).remove(0)
    };
    assert_eq!(without(Reduction::Mean), [0, 2]);
    assert_eq!(without(Reduction::Sum), [0, 2]);
    assert_eq!(without(Reduction::Max), [0, 1]);
    assert_eq!(without(Reduction::Norm), [0, 1]);
}

#[test]
fn scores_of_whole_outputs_count_where_the_channel_is_given() {
    let scoring = UnitScoring { by: ScoredBy::Giving, ..UnitScoring::default() };
    assert_eq!(left(scoring, &[3], 1.0 / 3.0, of_three), [[1, 2]]);
}

/// Two hidden units after two hidden units: scores by the weights that give them of 2 and 4, and of 10 and 30.
fn of_two_layers(layer: &str, place: usize) -> f32 {
    match layer {
        "fc1" => [2.0, 2.0, 4.0, 4.0][place],
        "fc2" => [10.0, 10.0, 30.0, 30.0][place],
        _ => 0.0,
    }
}

// As they are, 2 is the least; over the means of their layers 3 and 20 they are ⅔ and ½; over the largest ½ and ⅓.
// By their ranks both are 0, and the first layer's goes. A unit of either layer takes four of twelve weights.
#[test]
fn layers_are_compared_by_normalized_scores() {
    let of = |normalization| {
        let scoring = UnitScoring { normalization, by: ScoredBy::Giving, ..UnitScoring::default() };
        left(scoring, &[2, 2], 1.0 / 3.0, of_two_layers)
    };
    assert_eq!(of(Normalizer::None), [vec![1], vec![0, 1]]);
    assert_eq!(of(Normalizer::Mean), [vec![0, 1], vec![1]]);
    assert_eq!(of(Normalizer::Max), [vec![0, 1], vec![1]]);
    assert_eq!(of(Normalizer::OutputRank), [vec![1], vec![0, 1]]);
}

// Of ten hidden units in multiples of four two go first and then four. Sums of scores that are all −1 are −8 and −16, and
// the two go first all the same.
#[test]
fn units_of_a_group_go_in_their_order() {
    let network = mlp(&[10]);
    let four = NonZeroUsize::new(4).unwrap();
    let limits = ChannelLimits { round_to: four, ..ChannelLimits::default() };
    let request = Request::Overall(Amount::To(0.2));
    let pruning = Pruning { limits, ..pruning(Granularity::Channel, request, network.graph()) };
    let origin = Cost::of(network.graph());
    let scoring = UnitScoring { reduction: Reduction::Sum, ..UnitScoring::default() };
    let pruned = pruned_by(scoring, &pruning, network, Masks::default(), &origin, |_, _| -1.0).unwrap();
    assert_eq!(pruned.network.weights().0["fc1.bias"].shape, [8]);
}
