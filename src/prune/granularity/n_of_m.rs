//! n weights of every m.

use crate::model::{Graph, LayerCost};
use crate::prune::Mask;
use crate::prune::rank::ranks;
use crate::prune::units::{KeptWeights, Units};
use std::borrow::Cow;

/// Each weight is a unit, and its score is its rank within its group of `m` neighbouring inputs of one output, at
/// one position of a convolution's kernel (as NVIDIA's libraries group them): those below m − n go. What a last
/// group lacks counts as gone, so that it too keeps at most n.
pub(super) fn units<'a>(
    m: usize,
    graph: &Graph,
    layer: &'a LayerCost,
    scores: &[f32],
    mask: &'a Mask,
) -> Units<'a> {
    let weight = graph.weight_of(&layer.name).expect("the layer is prunable");
    let ranks = ranks_within_groups(m, &graph.slots()[weight].shape, scores, mask);
    Units { layer, scores: Cow::Owned(ranks), kept: KeptWeights::Single(mask) }
}

/// For each weight [outputs, inputs, kernel height, kernel width] its rank within its group.
fn ranks_within_groups(m: usize, shape: &[usize], scores: &[f32], mask: &Mask) -> Vec<f32> {
    let (inputs, positions) = (shape[1], shape[2..].iter().product::<usize>());
    let mut found = vec![0.0; scores.len()];
    for row in 0..shape[0] * inputs.div_ceil(m) {
        let (output, group) = (row / inputs.div_ceil(m), row % inputs.div_ceil(m));
        for position in 0..positions {
            let members = group * m..inputs.min((group + 1) * m);
            let missing = m - members.len();
            let members: Vec<usize> =
                members.map(|input| (output * inputs + input) * positions + position).collect();
            let units: Vec<_> = members.iter().map(|&index| (mask.is_kept(index), scores[index])).collect();
            for (index, rank) in members.into_iter().zip(ranks(&units)) {
                found[index] = (missing + rank) as f32;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::model::architecture::Mlp;
    use crate::model::{Cost, Model, Weights};
    use crate::prune::pipeline::prune_in_passes;
    use crate::prune::testing::pruning;
    use crate::prune::{Granularity, Masks, Pruning, Request, Scores};
    use proptest::prelude::*;
    use std::num::NonZeroUsize;

    /// A linear layer of two outputs and eight inputs with these scores, pruned to 2 of 4.
    fn kept(masks: Masks, scores: &[f32]) -> Vec<bool> {
        let graph = Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 2, 4], 2).unwrap();
        let scores = Scores([("fc1".to_owned(), scores.to_vec())].into_iter().collect());
        let granularity = Granularity::NOfM([2, 4].map(|size| NonZeroUsize::new(size).unwrap()));
        let request = granularity.request().unwrap();
        assert_eq!(request, Request::Groups { kept: 2, of: 4 });
        let pruning = Pruning { granularity, ..pruning(&scores, &request) };
        let mut weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let assess = |_: &Weights, _: &Masks| Ok(scores.clone().into());
        let network = (&graph, &Cost::of(&graph));
        let masks = prune_in_passes(&pruning, 1, network, &mut weights, masks, assess).unwrap();
        assert!(masks.is_respected_by(&weights));
        masks.0["fc1"].iter().collect()
    }

    #[rustfmt::skip]
    const SCORES: [f32; 16] = [
        1.0, 4.0, 2.0, 3.0,   9.0, 9.0, 9.0, 9.0,
        0.0, 0.0, 5.0, 0.0,   -1.0, -4.0, -2.0, -3.0,
    ];

    // Equal scores go by position: of four nines the last two are kept.
    #[test]
    fn the_best_n_of_each_group_are_kept_whatever_the_other_groups_have() {
        #[rustfmt::skip]
        let expected = [
            false, true, false, true,   false, false, true, true,
            false, false, true, true,   true, false, true, false,
        ];
        assert_eq!(kept(Masks::default(), &SCORES), expected);
    }

    // The two best of the first group are gone already, three of the second, and none of the others.
    #[test]
    fn what_is_masked_already_counts_as_removed() {
        let masked = [1, 3, 4, 5, 7];
        let mask = (0..16).map(|index| !masked.contains(&index)).collect();
        #[rustfmt::skip]
        let expected = [
            true, false, true, false,   false, false, true, false,
            false, false, true, true,   true, false, true, false,
        ];
        assert_eq!(kept(Masks([("fc1".to_owned(), mask)].into()), &SCORES), expected);
    }

    // One output, four inputs and a kernel of 1 × 2: the groups are of every second weight.
    #[test]
    fn the_groups_of_a_convolution_are_along_the_inputs_at_one_position() {
        let scores = [1.0, 80.0, 3.0, 70.0, 2.0, 60.0, 4.0, 50.0];
        let ranks = ranks_within_groups(4, &[1, 4, 1, 2], &scores, &Mask::full(8));
        assert_eq!(ranks, [0.0, 3.0, 2.0, 2.0, 1.0, 1.0, 3.0, 0.0]);
    }

    #[test]
    fn a_last_group_that_is_too_small_lacks_what_goes_first() {
        assert_eq!(ranks_within_groups(4, &[1, 5], &[1.0, 2.0, 3.0, 4.0, 0.0], &Mask::full(5))[4], 3.0);
    }

    proptest! {
        #[test]
        fn every_group_keeps_exactly_n(scores in prop::collection::vec(-1f32..1.0, 16)) {
            let kept = kept(Masks::default(), &scores);
            prop_assert!(kept.chunks(4).all(|group| group.iter().filter(|kept| **kept).count() == 2));
        }
    }
}
