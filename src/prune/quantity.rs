//! What a budget counts.

use super::{Masks, macs_nonzero};
use crate::model::{Cost, LayerCost};
use serde::Serialize;

/// What a budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Prunable weights that are kept.
    Weights,
    /// Parameters (weights, biases, norm scale and shift) that are not masked.
    Parameters,
    /// Multiply-accumulates for one image, without those of masked weights.
    Macs,
}

impl Quantity {
    /// Its name in an experiment.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weights => "weights",
            Self::Parameters => "parameters",
            Self::Macs => "macs",
        }
    }

    /// How much of it a network of this cost has without masks.
    pub fn of_original(self, cost: &Cost) -> u64 {
        match self {
            Self::Weights => cost.prunable,
            Self::Parameters => cost.parameters,
            Self::Macs => cost.macs,
        }
    }

    /// How much of it goes with each weight of `layer`.
    pub fn of_weight(self, layer: &LayerCost) -> u64 {
        match self {
            Self::Weights | Self::Parameters => 1,
            Self::Macs => macs_nonzero(layer, 1),
        }
    }

    /// How much of it a network of this cost has under `masks`.
    pub(super) fn of_network(self, cost: &Cost, masks: &Masks) -> u64 {
        let prunable = |quantity: Self| -> u64 {
            cost.layers.iter().map(|layer| quantity.of_weight(layer) * masks.kept_in(layer)).sum()
        };
        match self {
            Self::Weights | Self::Macs => prunable(self),
            Self::Parameters => cost.parameters - cost.prunable + prunable(self),
        }
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Weights => "weights",
            Self::Parameters => "parameters",
            Self::Macs => "MACs",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_masks_leave() {
        // A convolution of 4 weights on 9 positions and a linear layer of 6 weights; 5 biases.
        let layer = |name: &str, weights, macs| LayerCost { name: name.into(), weights, macs };
        let layers = vec![layer("conv", 4, 36), layer("fc", 6, 6)];
        let cost = Cost { parameters: 15, prunable: 10, macs: 42, layers };
        let mask = [true, false, false, false].into_iter().collect();
        let masks = Masks([("conv".to_owned(), mask)].into());
        let of = |masks: &Masks| {
            [Quantity::Weights, Quantity::Parameters, Quantity::Macs].map(|q| q.of_network(&cost, masks))
        };
        assert_eq!(of(&Masks::default()), [10, 15, 42]);
        assert_eq!(of(&masks), [7, 12, 15]);
    }
}
