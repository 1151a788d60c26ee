//! Controls: masks that remove as much from each layer as the scored ones, but other weights.

use super::Mask;
use super::units::Units;
use crate::draw::{ChaCha8, Draw, Generator, Purpose};
use crate::model::LayerCost;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which masks a round makes: those of the importance, or a control with as many units (weights, or whatever the
/// granularity removes together) in each layer. A control shows what is due to which weights were chosen, and
/// what to how many each layer lost. A correction of the other weights that belongs to an importance is not made
/// for a control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MaskControl {
    /// The least important go.
    #[default]
    Scored,
    /// Within each layer the new mask is permuted at random among the units that were there before the round
    /// (Frankle et al., 2021).
    Shuffled,
    /// Within each layer the most important go (Frankle et al., 2021).
    Inverted,
}

impl MaskControl {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Which units stay; `present` are the units of each layer before the round, and `left` those that the importance
    /// leaves. `draw` names the round, and `place` says where in the network a layer is.
    pub(super) fn staying(
        self,
        present: &[Units<'_>],
        left: &[Units<'_>],
        draw: &Draw,
        place: impl Fn(&LayerCost) -> u64,
    ) -> Vec<Mask> {
        let of = |(units, left): (&Units<'_>, &Units<'_>)| {
            let count = left.present().kept();
            match self {
                Self::Scored => left.present(),
                Self::Shuffled => {
                    shuffled(units, count, draw.generator(Purpose::MaskShuffle, place(units.layer)))
                }
                Self::Inverted => inverted(units, count),
            }
        };
        present.iter().zip(left).map(of).collect()
    }
}

/// `count` of the units that are there, drawn by (draw of the round, mask-shuffle, place of the layer in the
/// network).
fn shuffled(units: &Units<'_>, count: usize, mut generator: ChaCha8) -> Mask {
    let mut present: Vec<u32> = present(units);
    generator.shuffle(&mut present);
    staying(units, &present[..count])
}

/// The `count` units of the lowest scores that are there; of equal scores the first go first.
fn inverted(units: &Units<'_>, count: usize) -> Mask {
    let mut present = present(units);
    present.reverse();
    present.sort_by(|&a, &b| units.scores[a as usize].total_cmp(&units.scores[b as usize]));
    staying(units, &present[..count])
}

fn present(units: &Units<'_>) -> Vec<u32> {
    let present = units.present();
    (0..present.size() as u32).filter(|&unit| present.is_kept(unit as usize)).collect()
}

fn staying(units: &Units<'_>, which: &[u32]) -> Mask {
    let mut staying = vec![false; units.scores.len()];
    which.iter().for_each(|&unit| staying[unit as usize] = true);
    staying.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cost, Weights};
    use crate::prune::pipeline::prune_by_control;
    use crate::prune::testing::{network, pruning};
    use crate::prune::{Amount, Masks, Pruning, Request, Scores};
    use proptest::prelude::*;

    const LAYERS: [(&str, [f32; 4]); 2] = [("a", [4.0, 1.0, 3.0, 2.0]), ("b", [40.0, 0.5, 30.0, 20.0])];

    /// The masks of a round that leaves half of what two layers, of which the first has lost its largest weight,
    /// have together.
    fn kept(control: MaskControl, seed: u64) -> [Vec<bool>; 2] {
        let (graph, mut weights) = network(LAYERS.map(|(name, values)| (name.to_owned(), values.to_vec())));
        let scores = Scores(LAYERS.map(|(name, values)| (name.to_owned(), values.to_vec())).into());
        let pruning = Pruning { control, ..pruning(&scores, &Request::Overall(Amount::To(0.5))) };
        let before = Masks([("a".to_owned(), [false, true, true, true].into_iter().collect())].into());
        let draw = Draw::new(seed, "sparse#1");
        let assess = |_: &Weights, _: &Masks| Ok(scores.clone().into());
        let masks =
            prune_by_control(&pruning, 1, (&graph, &Cost::of(&graph)), &mut weights, before, &draw, assess)
                .unwrap();
        assert!(masks.is_respected_by(&weights));
        ["a", "b"].map(|layer| masks.0[layer].iter().collect())
    }

    // Of seven weights three go: 0.5, 1 and 2. So two of the three in `a`, and one in `b`.
    #[test]
    fn the_most_important_go_in_place_of_the_least() {
        let scored = kept(MaskControl::Scored, 0);
        assert_eq!(scored, [vec![false, false, true, false], vec![true, false, true, true]]);
        let inverted = kept(MaskControl::Inverted, 0);
        assert_eq!(inverted, [vec![false, true, false, false], vec![false, true, true, true]]);
    }

    #[test]
    fn a_shuffled_mask_is_drawn_by_its_name() {
        let of = |seed| kept(MaskControl::Shuffled, seed);
        assert_eq!(of(0), of(0));
        let all: Vec<_> = (0..40).map(of).collect();
        // Each of the three weights of `a` stays about as often as the others, and what was gone never.
        let stays = |index: usize| all.iter().filter(|[a, _]| a[index]).count();
        assert_eq!(stays(0), 0);
        assert!((1..4).all(|index| (6..=21).contains(&stays(index))), "{all:?}");
    }

    proptest! {
        #[test]
        fn a_layer_keeps_as_many_as_the_scored_masks_do(seed in 0..1000_u64) {
            let counts = |kept: [Vec<bool>; 2]| kept.map(|kept| kept.into_iter().filter(|kept| *kept).count());
            let scored = counts(kept(MaskControl::Scored, seed));
            prop_assert_eq!(counts(kept(MaskControl::Shuffled, seed)), scored);
            prop_assert_eq!(counts(kept(MaskControl::Inverted, seed)), scored);
        }
    }
}
