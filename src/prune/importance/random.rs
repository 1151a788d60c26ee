//! Chance.

use super::{Scores, ScoringContext};
use crate::draw::{Purpose, Random};
use crate::kernel::Kernel;

/// Uniform on [0, 1), one number for each unit, drawn on the host from (seed, importance, scope, place of the layer
/// in the network): the same on every backend, the same for a layer whichever others are pruned with it, and of the
/// same distribution for units of any size. The baseline that every criterion must beat.
pub(super) fn scores<B: Kernel>(context: &ScoringContext<'_, B>) -> Scores {
    let prunable = context.network.graph.prunable();
    let place = |layer: &String| {
        prunable.iter().position(|name| name == layer).expect("the stage's layers are prunable")
    };
    let score = |(layer, slot): (&String, usize)| {
        let mut generator = context.data.draw.generator(Purpose::Importance, place(layer) as u64);
        let units = context.granularity.unit_of_each_weight(&context.network.graph.slots()[slot].shape);
        // Units are numbered in the order of their first weights.
        let mut scores: Vec<f32> = Vec::new();
        let score = |unit: usize| {
            if unit == scores.len() {
                scores.push(generator.uniform_f32());
            }
            scores[unit]
        };
        (layer.clone(), units.into_iter().map(score).collect())
    };
    Scores(context.layers.iter().zip(context.weight_slots()).map(score).collect())
}

#[cfg(test)]
mod tests {
    use crate::prune::importance::testing::Toy;
    use crate::prune::{Granularity, Importance};
    use std::num::NonZeroUsize;

    // The first words of the stream of (0, importance, sparse/1, 0), worked out in Python, without their last
    // eight bits.
    #[test]
    fn the_same_name_gives_the_same_scores_for_ever() {
        let scores = Toy::new([0.0; 4], &[0]).scores(&Importance::Random);
        assert_eq!(scores, [7_249_759, 11_565_609, 5_774_173, 10_644_050].map(|n| n as f32 / 16_777_216.0));
    }

    #[test]
    fn every_weight_of_a_unit_has_the_units_score() {
        let row = Granularity::Block([1, 2].map(|side| NonZeroUsize::new(side).unwrap()));
        let scores = Toy::new([0.0; 4], &[0]).in_units(row).scores(&Importance::Random);
        assert_eq!(scores, [7_249_759, 7_249_759, 11_565_609, 11_565_609].map(|n| n as f32 / 16_777_216.0));
    }

    #[test]
    fn looks_at_the_name_of_the_draw_and_nothing_else() {
        let scores = Toy::new([2.0, -1.0, -4.0, 0.0], &[0]).scores(&Importance::Random);
        assert_eq!(scores, Toy::new([0.0, 1.0, 7.0, 3.0], &[1, 0]).scores(&Importance::Random));
        assert_ne!(scores, Toy::new([2.0, -1.0, -4.0, 0.0], &[0]).seeded(1).scores(&Importance::Random));
        assert!(scores.iter().all(|score| (0.0..1.0).contains(score)), "{scores:?}");
        assert!(scores.windows(2).all(|pair| pair[0] != pair[1]), "{scores:?}");
    }
}
