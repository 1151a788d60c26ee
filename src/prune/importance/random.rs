//! Chance.

use super::criterion::Criterion;
use super::{Assessment, Needs, ScoreLevel, Scores, ScoringContext};
use crate::draw::{ChaCha8, Generator, Purpose};
use crate::kernel::Kernel;
use crate::prune::removal::Removal;
use crate::prune::{ChannelLimits, PruneError};
use indexmap::IndexMap;

/// Drawn on the host from (seed, importance, scope, place of the layer in the network): the same on every backend, and
/// the same for a layer whichever others are pruned with it.
#[derive(Debug)]
pub struct Random;

impl Criterion for Random {
    fn needs(&self) -> Needs {
        Needs::Weights
    }

    fn score_level(&self) -> ScoreLevel {
        ScoreLevel::Units
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let prunable = context.network.graph.prunable();
        let place = |layer: &String| {
            prunable.iter().position(|name| name == layer).expect("the stage's layers are prunable")
        };
        let generator =
            |layer: &String| context.data.draw.generator(Purpose::Importance, place(layer) as u64);
        if let Some(removal) = context.granularity.removal(ChannelLimits::default()) {
            return of_removables(context, removal, generator).map(Assessment::from);
        }
        let score = |(layer, slot): (&String, usize)| {
            let mut generator = generator(layer);
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
        Ok(Scores(context.layers.iter().zip(context.weight_slots()).map(score).collect()).into())
    }
}

/// One number for each channel or block that can be removed, by the generator of the first layer that gives it; what
/// cannot be removed scores 0.
fn of_removables<B: Kernel>(
    context: &ScoringContext<'_, B>,
    removal: Removal,
    generator: impl Fn(&String) -> ChaCha8,
) -> Result<Scores, PruneError> {
    let mut generators: IndexMap<usize, ChaCha8> = IndexMap::new();
    context.of_removables(removal, |_, weights| {
        let first = context.layers.iter().position(|layer| layer == weights[0].0).expect("it is pruned");
        Ok(generators.entry(first).or_insert_with(|| generator(&context.layers[first])).uniform_f32())
    })
}

#[cfg(test)]
mod tests {
    use crate::draw::Draw;
    use crate::model::architecture::{Mlp, Resnet};
    use crate::model::{Model, Trained, Weights};
    use crate::prune::importance::testing::Toy;
    use crate::prune::{Granularity, Importance};
    use std::num::NonZeroUsize;
    use std::sync::Arc;

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

    // The two units of `fc1` have a number each; the logits stay.
    #[test]
    fn every_weight_that_gives_a_channel_has_the_channels_score() {
        let graph = Model::Mlp(Mlp { hidden: vec![2] }).graph([1, 1, 2], 2).unwrap();
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let network = Trained::new(Arc::new(graph), weights).unwrap();
        let toy = Toy::new([0.0; 4], &[0]).in_units(Granularity::Channel);
        let scores = toy
            .with_network(&network, vec![0; 2], |context| Importance::Random.assess(context).unwrap().scores);
        let expected = [7_249_759, 7_249_759, 11_565_609, 11_565_609].map(|n| n as f32 / 16_777_216.0);
        assert_eq!(scores.0["fc1"], expected);
        assert_eq!(scores.0["fc2"], [0.0; 4]);
    }

    #[test]
    fn layers_that_lose_channels_together_share_their_numbers() {
        let graph = Model::Resnet(Resnet { depth: 8, width: 1 }).graph([1, 8, 8], 2).unwrap();
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let network = Trained::new(Arc::new(graph), weights).unwrap();
        let toy = Toy::new([0.0; 4], &[0]).in_units(Granularity::Channel);
        let scores = toy.with_network(&network, vec![0; 64], |context| {
            Importance::Random.assess(context).unwrap().scores
        });
        let of_channels = |layer: &str| -> Vec<f32> {
            let scores = &scores.0[layer];
            scores.chunks(scores.len() / 16).map(|channel| channel[0]).collect()
        };
        assert_eq!(of_channels("conv1"), of_channels("layer1.0.conv2"));
        assert_ne!(of_channels("conv1"), of_channels("layer1.0.conv1"));
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
