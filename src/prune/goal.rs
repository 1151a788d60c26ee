//! A request in numbers of one network: what is there, and what shall be left of it.

use super::allocation::Site;
use super::{Amount, Masks, PruneError, Quantity, Request};
use crate::math::{exp, ln};
use crate::model::{Cost, Graph, LayerCost};

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
    /// The goals for the layers of a stage in a network with `graph`, which costs `cost` and now has `masks`. `origin`
    /// are the layers of the stage before anything was removed: shares are of their weights.
    pub(super) fn goals<'a>(
        &'a self,
        graph: &Graph,
        cost: &Cost,
        layers: &[&'a LayerCost],
        origin: &[&LayerCost],
        masks: &Masks,
    ) -> Result<Vec<Goal<'a>>, PruneError> {
        let left = |amount: Amount, layers: &[&LayerCost], origin: &[&LayerCost]| {
            let total = origin.iter().map(|layer| layer.weights).sum();
            let kept = layers.iter().map(|layer| masks.kept_in(layer)).sum();
            (kept, amount.left(total, kept))
        };
        let weights = |layer, (before, left)| Goal {
            layer,
            end: End::Left { quantity: Quantity::Weights, before, fixed: 0, left },
        };
        match self {
            Self::Overall(amount) => Ok(vec![weights(None, left(*amount, layers, origin))]),
            Self::Layers(amounts) => Ok(amounts
                .iter()
                .filter_map(|(name, amount)| {
                    let named =
                        |layers: &[&'_ LayerCost]| layers.iter().position(|layer| layer.name == *name);
                    // A layer that is not there was removed.
                    let (layer, whole) = (layers[named(layers)?], origin[named(origin)?]);
                    Some(weights(Some(name), left(*amount, &[layer], &[whole])))
                })
                .collect()),
            Self::Spread { by, amount } => {
                let (_, left) = left(*amount, layers, origin);
                let names = layers.iter().map(|layer| &*layer.name);
                let sites = Site::of(graph, &cost.layers, names, |layer| masks.kept_in(layer));
                let quantity = Quantity::Weights;
                let kept = by.kept(&sites, left);
                let kept = kept.map_err(|fixed| PruneError::OutOfReach { quantity, left, fixed })?;
                let goal = |(layer, left): (&&'a LayerCost, u64)| {
                    weights(Some(&layer.name), (masks.kept_in(layer), left))
                };
                Ok(layers.iter().zip(kept).map(goal).collect())
            }
            Self::Scan { .. } => unreachable!("a scan is turned into shares of layers before"),
            Self::Budget { quantity, left, way } => {
                let before = quantity.of_network(cost, masks);
                let prunable: u64 =
                    layers.iter().map(|layer| quantity.of_weight(layer) * masks.kept_in(layer)).sum();
                let fixed = before - prunable;
                if fixed > *left {
                    return Err(PruneError::OutOfReach { quantity: *quantity, left: *left, fixed });
                }
                let left = way.map_or(*left, |way| way.whole(before, *left));
                let end = End::Left { quantity: *quantity, before, fixed, left: before.min(left) };
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
    use crate::prune::testing::network;
    use crate::prune::{Pace, Way};

    /// A convolution of 4 weights on 9 positions and a linear layer of 6 weights; 5 biases.
    fn cost() -> Cost {
        let layer = |name: &str, weights, macs| LayerCost { name: name.into(), weights, macs };
        let layers = vec![layer("conv", 4, 36), layer("fc", 6, 6)];
        Cost { parameters: 15, prunable: 10, macs: 42, layers }
    }

    fn ends(request: &Request, layers: &[&str], masks: &Masks) -> Result<Vec<End>, PruneError> {
        let cost = cost();
        let layers: Vec<_> = cost.layers.iter().filter(|layer| layers.contains(&&*layer.name)).collect();
        let [conv, fc] = [("conv", 4), ("fc", 6)].map(|(name, size)| (name.to_owned(), vec![1.0; size]));
        let (graph, _) = network([conv, fc]);
        let goals = request.goals(&graph, &cost, &layers, &layers, masks)?;
        Ok(goals.into_iter().map(|goal| goal.end).collect())
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
        let budget = Request::Budget { quantity: Quantity::Parameters, left: 9, way: None };
        let expected = End::Left { quantity: Quantity::Parameters, before: 12, fixed: 6, left: 9 };
        assert_eq!(ends(&budget, &["fc"], &one_of_conv()), Ok(vec![expected]));
    }

    #[test]
    fn a_budget_that_cannot_be_met_is_an_error() {
        let budget = Request::Budget { quantity: Quantity::Macs, left: 35, way: None };
        let error = PruneError::OutOfReach { quantity: Quantity::Macs, left: 35, fixed: 36 };
        assert_eq!(ends(&budget, &["fc"], &Masks::default()), Err(error));
    }

    // 12 parameters are there and 6 shall be: 4 are left for two rounds of three, so the first leaves 10.
    #[test]
    fn a_round_goes_a_part_of_the_way_to_a_budget() {
        let way = |pace| Some(Way { rounds: 3, pace });
        let budget = |pace| Request::Budget { quantity: Quantity::Parameters, left: 6, way: way(pace) };
        let expected =
            |left| Ok(vec![End::Left { quantity: Quantity::Parameters, before: 12, fixed: 5, left }]);
        assert_eq!(ends(&budget(Pace::Linear), &["conv", "fc"], &one_of_conv()), expected(10));
        // 12 · (6 / 12)^⅓ = 9.52
        assert_eq!(ends(&budget(Pace::Geometric), &["conv", "fc"], &one_of_conv()), expected(9));
    }

    #[test]
    fn every_pass_takes_the_same_share() {
        assert_eq!([1, 2, 3].map(|pass| left_after(1000, 1, pass, 3)), [100, 10, 1]);
        assert_eq!([1, 2].map(|pass| left_after(1000, 0, pass, 2)), [0, 0]);
        assert_eq!([1, 2].map(|pass| left_after(0, 0, pass, 2)), [0, 0]);
    }
}
