//! What is removed together. One file each: which weights are one unit, and what masks its removal leaves.

mod block;
mod weight;

use super::units::Units;
use super::{Mask, Masks, Scores};
use crate::model::{Graph, LayerCost};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// What is removed together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Granularity {
    /// Single weights, anywhere (unstructured).
    #[default]
    Weight,
    /// Blocks of neighbouring weights: outputs by inputs, at one position of a convolution's kernel. Blocks
    /// at the edge of a layer are smaller where its size is no multiple of theirs.
    Block([NonZeroUsize; 2]),
}

impl Granularity {
    /// The units of `layers`, each of which has scores and a mask.
    pub(super) fn units<'a>(
        self,
        graph: &Graph,
        layers: &[&'a LayerCost],
        scores: &'a Scores,
        masks: &'a Masks,
    ) -> Vec<Units<'a>> {
        let of = |layer: &&'a LayerCost| {
            let (scores, mask) = (&scores.0[&layer.name], &masks.0[&layer.name]);
            match self {
                Self::Weight => weight::units(layer, scores, mask),
                Self::Block(block) => block::units(block, graph, layer, scores, mask),
            }
        };
        layers.iter().map(of).collect()
    }

    /// `masks` without the weights of the units that do not stay: `staying` has a bit for each of
    /// [`units`](Self::units), layer by layer.
    pub(super) fn masks(
        self,
        graph: &Graph,
        layers: &[&LayerCost],
        staying: Vec<Mask>,
        masks: &Masks,
    ) -> Masks {
        let mut next = masks.clone();
        for (layer, staying) in layers.iter().zip(staying) {
            let mask = match self {
                Self::Weight => staying,
                Self::Block(block) => block::mask(block, graph, layer, &staying, &masks.0[&layer.name]),
            };
            next.0.insert(layer.name.clone(), mask);
        }
        next
    }
}
