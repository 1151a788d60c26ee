//! What removing a unit does to the loss.

use super::context::{LabelledImages, default_batches};
use super::criterion::Criterion;
use super::{Assessment, Needs, ScoreLevel, Scores, ScoringContext};
use crate::kernel::{Kernel, to_host};
use crate::model::{Array, Cost, LayerCost, Network, Parameter};
use crate::prune::removal::Removal;
use crate::prune::units::Units;
use crate::prune::{ChannelLimits, Mask, Masks, PruneError, Reduction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// L(without the unit) − L, the mean over `batches`, measured by removing each unit by itself (the oracle of
/// Molchanov et al., 2017). What lowers the loss by going goes first. Every weight of a unit has the unit's score,
/// whatever `reduction` says. Channels and residual blocks are taken out with all that goes with them.
///
/// Takes `batches` forward passes for each unit: to use for channels and large blocks, or as the yardstick of
/// other criteria on a small network; for single weights it takes as many passes as there are weights. L is the
/// loss of the stage's training. The images are the training split's, in an order drawn for this round's scores
/// alone, without augmentation; batch norm uses its running statistics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sensitivity {
    /// Number of training batches the loss is measured on.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batches: u32,
    /// Which change of the loss counts.
    #[serde(default, skip_serializing_if = "Change::is_default")]
    pub change: Change,
}

/// Which change of the loss counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Its rise: a unit without which the loss is lower matters least (the paper's oracle-loss).
    #[default]
    Rise,
    /// Its size: a unit without which the loss stays the same matters least (the paper's oracle-abs).
    Absolute,
}

impl Change {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Criterion for Sensitivity {
    fn needs(&self) -> Needs {
        Needs::Loss
    }

    fn score_level(&self) -> ScoreLevel {
        ScoreLevel::Units
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let batches: Vec<_> = context.batches(self.batches).collect::<Result<_, _>>()?;
        let loss = |network: &Network<B>| mean_loss(context, network, &batches);
        let whole = loss(context.network);
        let score = |network: &Network<B>| {
            let rise = loss(network) - whole;
            match self.change {
                Change::Rise => rise as f32,
                Change::Absolute => rise.abs() as f32,
            }
        };
        let scores = match context.granularity.removal(ChannelLimits::default()) {
            Some(removal) => of_each_removable(context, removal, score),
            None => of_each_unit(context, score),
        };
        scores.map(Assessment::from)
    }
}

/// What `score` gives for the network without each channel or block, for the weights that give it.
fn of_each_removable<B: Kernel>(
    context: &ScoringContext<'_, B>,
    removal: Removal,
    score: impl Fn(&Network<B>) -> f32,
) -> Result<Scores, PruneError> {
    let weights = context.network.weights();
    context.of_removables(removal, |unit, _| {
        context.check_stop()?;
        let (graph, slice) = unit.without(&context.network.graph);
        Ok(score(&Network::new(Arc::new(graph), &slice.weights(&weights), context.data.device)))
    })
}

/// What `score` gives for the network with zeros in place of a unit, for each weight of the unit.
fn of_each_unit<B: Kernel>(
    context: &ScoringContext<'_, B>,
    score: impl Fn(&Network<B>) -> f32,
) -> Result<Scores, PruneError> {
    let &ScoringContext { layers, granularity, .. } = context;
    let graph = &*context.network.graph;
    let cost = Cost::of(graph);
    let layers: Vec<&LayerCost> = cost.layers.iter().filter(|layer| layers.contains(&layer.name)).collect();
    let unscored = layers.iter().map(|layer| (layer.name.clone(), vec![0.0; layer.weights as usize]));
    let unscored = Scores(unscored.collect());
    let (weights, masks) = (context.weights(), &context.masks.clone().over(&layers));
    let units = granularity.units(Reduction::Max, graph, &layers, &unscored, masks);
    let present: Vec<Mask> = units.iter().map(Units::present).collect();
    let mut scores = unscored.clone();
    for (index, all) in present.iter().enumerate() {
        for unit in (0..all.size()).filter(|&unit| all.is_kept(unit)) {
            context.check_stop()?;
            let mut staying = present.clone();
            staying[index] = all.iter().enumerate().map(|(other, stays)| stays && other != unit).collect();
            let without = granularity.masks(graph, &layers, staying, masks);
            let score = score(&masked(context, &weights, (masks, &without)));
            for (layer, scores) in &mut scores.0 {
                let removed = masks.0[layer].iter().zip(without.0[layer].iter()).map(|(was, is)| was && !is);
                scores
                    .iter_mut()
                    .zip(removed)
                    .filter(|(_, is_removed)| *is_removed)
                    .for_each(|(s, _)| *s = score);
            }
        }
    }
    Ok(scores)
}

/// The context's network, whose layers have these `weights` and had the masks `before`, with zeros where `masks` keeps
/// none.
fn masked<B: Kernel>(
    context: &ScoringContext<'_, B>,
    weights: &[Array],
    (before, masks): (&Masks, &Masks),
) -> Network<B> {
    let mut network = context.network.clone();
    let arrays = context.layers.iter().zip(context.weight_slots()).zip(weights);
    for ((layer, slot), array) in arrays {
        let mask = &masks.0[layer];
        if *mask != before.0[layer] {
            let values = array.values.iter().zip(mask.iter());
            let values: Vec<f32> =
                values.map(|(value, is_kept)| if is_kept { *value } else { 0.0 }).collect();
            let of = network.parameters[slot].slot().clone();
            network.parameters[slot] = Parameter::new(of, &values, context.data.device);
        }
    }
    network
}

/// The mean over `batches` of the loss of `network`.
fn mean_loss<B: Kernel>(
    context: &ScoringContext<'_, B>,
    network: &Network<B>,
    batches: &[LabelledImages<B>],
) -> f64 {
    let objective = context.data.objective;
    let losses =
        batches.iter().map(|(images, labels)| objective.value(network, images.clone(), labels.clone()));
    let losses = to_host(losses);
    losses.iter().map(|loss| f64::from(loss[0])).sum::<f64>() / losses.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::architecture::Mlp;
    use crate::model::{Model, Trained, Weights};
    use crate::prune::importance::testing::Toy;
    use crate::prune::{Granularity, Importance};
    use std::num::NonZeroUsize;

    /// Images are (1, 2) with label 0. The logits of [[2, −1], [1, 0]] are 0 and 1: the loss is ln(1 + e) =
    /// 1.3132617. Without the first weight they are −2 and 1: ln(1 + e³) = 3.0485874; without the second 2 and 1:
    /// ln(1 + e⁻¹) = 0.3132617; without the third 0 and 0: ln 2; the fourth is zero.
    const WEIGHT: [f32; 4] = [2.0, -1.0, 1.0, 0.0];

    fn sensitivity(change: Change) -> Importance {
        Importance::Sensitivity(Sensitivity { batches: 2, change })
    }

    fn assert_near(scores: &[f32], expected: &[f32]) {
        let near = scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-5);
        assert!(near && scores.len() == expected.len(), "{scores:?} is not {expected:?}");
    }

    #[test]
    fn is_how_much_the_loss_rises_without_a_weight() {
        let toy = Toy::new(WEIGHT, &[0, 0]);
        assert_near(&toy.scores(&sensitivity(Change::Rise)), &[1.735_325_7, -1.0, -0.620_114_5, 0.0]);
        assert_near(&toy.scores(&sensitivity(Change::Absolute)), &[1.735_325_7, 1.0, 0.620_114_5, 0.0]);
    }

    // Without its first row the logits are 0 and 1 as before, without the second 0 and 0.
    #[test]
    fn a_unit_is_removed_as_a_whole() {
        let row = Granularity::Block([1, 2].map(|side| NonZeroUsize::new(side).unwrap()));
        let scores = Toy::new(WEIGHT, &[0]).in_units(row).scores(&sensitivity(Change::Rise));
        assert_near(&scores, &[0.0, 0.0, -0.620_114_5, -0.620_114_5]);
    }

    // Two units that hand on 1 and 2 + 1, with a bias of 1: the logits are 1 and 3, and the loss is ln(1 + e²) =
    // 2.1269280. Without the first they are 0 and 3: ln(1 + e³) = 3.0485874; without the second, whose bias goes
    // with it, 1 and 0: ln(1 + e⁻¹) = 0.3132617. The logits cannot go.
    #[test]
    fn a_channel_is_removed_with_its_bias() {
        let graph = Model::Mlp(Mlp { hidden: vec![2] }).graph([1, 1, 2], 2).unwrap();
        let arrays = graph.slots().iter().map(|slot| {
            let values = match &*slot.name {
                "fc1.weight" | "fc2.weight" => vec![1.0, 0.0, 0.0, 1.0],
                "fc1.bias" => vec![0.0, 1.0],
                _ => vec![0.0, 0.0],
            };
            (slot.name.clone(), Array { shape: slot.shape.clone(), values })
        });
        let weights = Weights(arrays.collect());
        let network = Trained::new(Arc::new(graph), weights).unwrap();
        let toy = Toy::new([0.0; 4], &[0]).in_units(Granularity::Channel);
        let importance = sensitivity(Change::Rise);
        let scores =
            toy.with_network(&network, vec![1, 2], |context| importance.assess(context).unwrap().scores);
        assert_near(&scores.0["fc1"], &[0.921_659_4, 0.921_659_4, -1.813_666_3, -1.813_666_3]);
        assert_eq!(scores.0["fc2"], [0.0; 4]);
    }

    #[test]
    fn measuring_stops_before_the_next_unit() {
        let importance = sensitivity(Change::Rise);
        let assessed =
            Toy::new(WEIGHT, &[0]).stopped().with(|context| importance.assess(context).map(|_| ()));
        assert_eq!(assessed, Err(PruneError::Interrupted));
    }
}
