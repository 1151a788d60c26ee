//! What is removed together. One file each: which weights are one unit, and what masks its removal leaves.

mod block;
mod weight;

use super::removal::Removal;
use super::units::Units;
use super::{ChannelLimits, Mask, Masks, Scores};
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
    /// Output channels of convolutions and units of linear layers, with all that goes with them: biases, norms,
    /// the inputs of the layers behind, and the channels that a residual connection adds them to. They are
    /// removed, so the network gets smaller. A channel is scored by all weights that go with it, in the layers that
    /// are pruned (as by Fang et al., 2023). Where `allocation` asks each layer for a share of its own, layers lose
    /// channels in turn, as evenly as can be, until each has lost its share of weights.
    Channel,
    /// Residual blocks with an identity shortcut, which are then the shortcut alone. They are removed, so the
    /// network gets smaller. A block is scored by all its weights.
    Layer,
}

impl Granularity {
    /// What is removed so that the network gets smaller; `None` where weights are masked.
    pub(super) fn removal(self, limits: ChannelLimits) -> Option<Removal> {
        match self {
            Self::Weight | Self::Block(_) => None,
            Self::Channel => Some(Removal::Channels(limits)),
            Self::Layer => Some(Removal::Blocks),
        }
    }

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
                Self::Channel | Self::Layer => unreachable!("these are removed, not masked"),
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
                Self::Channel | Self::Layer => unreachable!("these are removed, not masked"),
            };
            next.0.insert(layer.name.clone(), mask);
        }
        next
    }
}
