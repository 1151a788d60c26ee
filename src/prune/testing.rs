//! Pruning by given scores.

use super::importance::Assessment;
use super::pipeline::prune_in_passes;
use super::{
    ChannelLimits, Granularity, Importance, MaskControl, Masks, Normalizer, PruneError, Pruning, Ranking,
    Reduction, Request, Scores,
};
use crate::model::{Array, Builder, Cost, Graph, Op, Weights, weight_name};

/// A network of linear layers of these weights, side by side on one pixel.
pub(super) fn network(layers: impl IntoIterator<Item = (String, Vec<f32>)>) -> (Graph, Weights) {
    let layers: Vec<_> = layers.into_iter().collect();
    let mut builder = Builder::new([1, 1, 1], layers.last().map_or(1, |(_, values)| values.len()));
    let mut weights = Weights::default();
    let mut last = builder.add("flatten", Op::Flatten, &[Builder::INPUT]).unwrap();
    let pixel = last;
    for (name, values) in layers {
        last = builder.add(&name, Op::Linear { output: values.len(), bias: false }, &[pixel]).unwrap();
        weights.0.insert(weight_name(&name), Array { shape: vec![values.len(), 1], values });
    }
    (builder.finish(last).unwrap(), weights)
}

/// A round that masks single weights of `layers`, by any importance.
pub(super) fn round(layers: Vec<String>, request: Request) -> Pruning {
    Pruning {
        importance: Importance::Magnitude,
        granularity: Granularity::default(),
        reduction: Reduction::default(),
        normalization: Normalizer::default(),
        ranking: Ranking::default(),
        control: MaskControl::default(),
        limits: ChannelLimits::default(),
        request,
        layers: layers.into(),
    }
}

/// The same for the layers that have scores.
pub(super) fn pruning(scores: &Scores, request: &Request) -> Pruning {
    round(scores.0.keys().cloned().collect(), request.clone())
}

/// The masks that `request` leaves of `masks` in a network whose weights score `scores`.
pub(super) fn select(scores: &Scores, masks: &Masks, request: &Request) -> Result<Masks, PruneError> {
    let scored = scores.0.iter().map(|(layer, values)| (layer.clone(), values.len()));
    let others = masks.0.iter().filter(|(layer, _)| !scores.0.contains_key(*layer));
    let others = others.map(|(layer, mask)| (layer.clone(), mask.size()));
    let (graph, mut weights) = network(scored.chain(others).map(|(layer, size)| (layer, vec![1.0; size])));
    let assess = |_: &Weights, _: &Masks| Ok(Assessment::from(scores.clone()));
    let network = (&graph, &Cost::of(&graph));
    prune_in_passes(&pruning(scores, request), 1, network, &mut weights, masks.clone(), assess)
}
