//! What is removed together. One file each: which weights are one unit, and what masks its removal leaves.

mod block;
mod n_of_m;
mod weight;

use super::removal::Removal;
use super::units::Units;
use super::{ChannelLimits, Mask, Masks, Reduction, Request, Scores};
use crate::model::{Graph, LayerCost};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Why channels and residual blocks are no units of a layer's weights.
const REMOVED: &str = "these are removed, not masked";

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
    /// n kept of each m weights of neighbouring inputs, `[n, m]`, at one position of a convolution's kernel: the
    /// pattern that sparse tensor cores compute with is `[2, 4]` (Mishra et al., 2021). Weights are compared
    /// within their group alone, in one round: it takes the place of `target`, `allocation` and
    /// `normalization`. m must divide the inputs of every layer that is pruned.
    NOfM([NonZeroUsize; 2]),
    /// Output channels of convolutions and units of linear layers, with all that goes with them: biases, norms,
    /// the inputs of the layers behind, and the channels that a residual connection adds them to. They are
    /// removed, so the network gets smaller. A channel is scored by all weights that go with it, in the layers that
    /// are pruned (as by Fang et al., 2023); by an importance that scores outputs as a whole, such as
    /// `batch-norm-scale`, by the weights that give it alone. Where `allocation` asks each layer for a share of its
    /// own, layers lose channels in turn, as evenly as can be, until each has lost its share of weights.
    Channel,
    /// Residual blocks with an identity shortcut, which are then the shortcut alone. They are removed, so the
    /// network gets smaller. A block is scored by all its weights.
    Layer,
}

impl Granularity {
    /// Whether a network that it prunes gets smaller.
    pub fn removes(self) -> bool {
        match self {
            Self::Weight | Self::Block(_) | Self::NOfM(_) => false,
            Self::Channel | Self::Layer => true,
        }
    }

    /// What is removed so that the network gets smaller; `None` where weights are masked.
    pub(super) fn removal(self, limits: ChannelLimits) -> Option<Removal> {
        match self {
            Self::Weight | Self::Block(_) | Self::NOfM(_) => None,
            Self::Channel => Some(Removal::Channels(limits)),
            Self::Layer => Some(Removal::Blocks),
        }
    }

    /// What it asks for by itself, in place of a target and an allocation.
    pub fn request(self) -> Option<Request> {
        match self {
            Self::Weight | Self::Block(_) | Self::Channel | Self::Layer => None,
            Self::NOfM([n, m]) => Some(Request::Groups { kept: n.get(), of: m.get() }),
        }
    }

    /// Whether every unit is a single weight.
    pub fn is_of_single_weights(self) -> bool {
        match self {
            Self::Weight | Self::NOfM(_) => true,
            Self::Block(_) | Self::Channel | Self::Layer => false,
        }
    }

    /// The unit of each weight of a layer whose weight has this shape. Units are numbered in the order of their
    /// first weights.
    pub(super) fn unit_of_each_weight(self, shape: &[usize]) -> Vec<usize> {
        match self {
            Self::Weight | Self::NOfM(_) => (0..shape.iter().product()).collect(),
            Self::Block(block) => block::unit_of_each_weight(block, shape).collect(),
            Self::Channel | Self::Layer => unreachable!("{REMOVED}"),
        }
    }

    /// In how many rows of equal length the units of a layer of so many outputs are.
    pub(super) fn rows(self, outputs: usize) -> usize {
        match self {
            Self::Weight | Self::NOfM(_) => outputs,
            Self::Block(block) => block::rows(block, outputs),
            Self::Channel | Self::Layer => unreachable!("{REMOVED}"),
        }
    }

    /// The units of `layers`, each of which has scores and a mask.
    pub(super) fn units<'a>(
        self,
        reduction: Reduction,
        graph: &Graph,
        layers: &[&'a LayerCost],
        scores: &'a Scores,
        masks: &'a Masks,
    ) -> Vec<Units<'a>> {
        let of = |layer: &&'a LayerCost| {
            let (scores, mask) = (&scores.0[&layer.name], &masks.0[&layer.name]);
            match self {
                Self::Weight => weight::units(layer, scores, mask),
                Self::Block(block) => block::units(block, reduction, graph, layer, scores, mask),
                Self::NOfM([_, m]) => n_of_m::units(m.get(), graph, layer, scores, mask),
                Self::Channel | Self::Layer => unreachable!("{REMOVED}"),
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
                Self::Weight | Self::NOfM(_) => staying,
                Self::Block(block) => block::mask(block, graph, layer, &staying, &masks.0[&layer.name]),
                Self::Channel | Self::Layer => unreachable!("{REMOVED}"),
            };
            next.0.insert(layer.name.clone(), mask);
        }
        next
    }
}
