//! A request in numbers of one network: what is there, and what shall be left of it.

use super::{Amount, Masks, PruneError, Quantity, Request};
use crate::math::{exp, ln};
use crate::model::{Cost, LayerCost};

/// What shall be left of one layer, or of all layers of the stage together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Goal<'a> {
    /// Its only layer; all layers of the stage where absent.
    pub layer: Option<&'a str>,
    pub end: End,
}

/// When enough units are removed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// At most `left` of `quantity` is left. There was `before` of it, of which `fixed` cannot be pruned.
    Left { quantity: Quantity, before: u64, fixed: u64, left: u64 },
    /// All units of lower importance are gone.
    Below(f64),
}

impl Request {
    /// The goals for the layers of a stage in a network of cost `cost`, which now has `masks`.
    pub(super) fn goals<'a>(
        &'a self,
        cost: &Cost,
        layers: &[&LayerCost],
        masks: &Masks,
    ) -> Result<Vec<Goal<'a>>, PruneError> {
        let weights = |amount: Amount, layers: &[&LayerCost]| {
            let total = layers.iter().map(|layer| layer.weights).sum();
            let kept = layers.iter().map(|layer| masks.kept_in(layer)).sum();
            End::Left { quantity: Quantity::Weights, before: kept, fixed: 0, left: amount.left(total, kept) }
        };
        match self {
            Self::Overall(amount) => Ok(vec![Goal { layer: None, end: weights(*amount, layers) }]),
            Self::Layers(amounts) => Ok(amounts
                .iter()
                .map(|(name, amount)| {
                    let layer = layers.iter().find(|layer| layer.name == *name);
                    let layer = layer.expect("a request names layers of its stage");
                    Goal { layer: Some(name), end: weights(*amount, &[layer]) }
                })
                .collect()),
            Self::Budget { quantity, left } => {
                let before = quantity.of_network(cost, masks);
                let prunable: u64 =
                    layers.iter().map(|layer| quantity.of_weight(layer) * masks.kept_in(layer)).sum();
                let fixed = before - prunable;
                if fixed > *left {
                    return Err(PruneError::OutOfReach { quantity: *quantity, left: *left, fixed });
                }
                let end = End::Left { quantity: *quantity, before, fixed, left: before.min(*left) };
                Ok(vec![Goal { layer: None, end }])
            }
            Self::Threshold(threshold) => Ok(vec![Goal { layer: None, end: End::Below(*threshold) }]),
            // A score is the rank within the group.
            Self::Groups { kept, of } => Ok(vec![Goal { layer: None, end: End::Below((of - kept) as f64) }]),
        }
    }
}

/// What is left after scoring pass `pass` (from 1) of `passes`, when `before` was there before the first and
/// `left` shall be after the last: the same share of what is there goes in every pass.
pub(super) fn left_after(before: u64, left: u64, pass: u32, passes: u32) -> u64 {
    if pass == passes || before == 0 {
        return left; // The formula gives it too, but for rounding.
    }
    let part = f64::from(pass) / f64::from(passes);
    (before as f64 * exp(part * ln(left as f64 / before as f64))).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A convolution of 4 weights on 9 positions and a linear layer of 6 weights; 5 biases.
    fn cost() -> Cost {
        let layer = |name: &str, weights, macs| LayerCost { name: name.into(), weights, macs };
        let layers = vec![layer("conv", 4, 36), layer("fc", 6, 6)];
        Cost { parameters: 15, prunable: 10, macs: 42, layers }
    }

    fn ends(request: &Request, layers: &[&str], masks: &Masks) -> Result<Vec<End>, PruneError> {
        let cost = cost();
        let layers: Vec<_> = cost.layers.iter().filter(|layer| layers.contains(&&*layer.name)).collect();
        Ok(request.goals(&cost, &layers, masks)?.into_iter().map(|goal| goal.end).collect())
    }

    fn weights(before: u64, left: u64) -> End {
        End::Left { quantity: Quantity::Weights, before, fixed: 0, left }
    }

    fn one_of_conv() -> Masks {
        Masks([("conv".to_owned(), [true, false, false, false].into_iter().collect())].into())
    }

    #[test]
    fn shares_are_of_the_layers_of_the_stage() {
        let half = Request::Overall(Amount::To(0.5));
        assert_eq!(ends(&half, &["conv", "fc"], &Masks::default()), Ok(vec![weights(10, 5)]));
        assert_eq!(ends(&half, &["fc"], &one_of_conv()), Ok(vec![weights(6, 3)]));
        let layers =
            Request::Layers(vec![("fc".into(), Amount::To(0.5)), ("conv".into(), Amount::Rate(1.0))]);
        assert_eq!(ends(&layers, &["conv", "fc"], &one_of_conv()), Ok(vec![weights(6, 3), weights(1, 0)]));
    }

    #[test]
    fn a_budget_is_of_the_whole_network() {
        // 12 of 15 parameters are left: 5 biases and the weight of `conv` cannot be pruned by a stage of `fc`.
        let budget = Request::Budget { quantity: Quantity::Parameters, left: 9 };
        let expected = End::Left { quantity: Quantity::Parameters, before: 12, fixed: 6, left: 9 };
        assert_eq!(ends(&budget, &["fc"], &one_of_conv()), Ok(vec![expected]));
    }

    #[test]
    fn a_budget_that_cannot_be_met_is_an_error() {
        let budget = Request::Budget { quantity: Quantity::Macs, left: 35 };
        let error = PruneError::OutOfReach { quantity: Quantity::Macs, left: 35, fixed: 36 };
        assert_eq!(ends(&budget, &["fc"], &Masks::default()), Err(error));
    }

    #[test]
    fn every_pass_takes_the_same_share() {
        assert_eq!([1, 2, 3].map(|pass| left_after(1000, 1, pass, 3)), [100, 10, 1]);
        assert_eq!([1, 2].map(|pass| left_after(1000, 0, pass, 2)), [0, 0]);
        assert_eq!([1, 2].map(|pass| left_after(0, 0, pass, 2)), [0, 0]);
    }
}
