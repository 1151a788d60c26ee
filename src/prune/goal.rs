//! A request in numbers of one network: what is there, and what shall be left of it.

use super::allocation::Site;
use super::{Amount, Masks, PruneError, Quantity, Request};
use crate::math::{exp, ln};
use crate::model::{Cost, Graph, LayerCost};

/// What shall be left of a part of the network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Goal<'a> {
    pub scope: Scope<'a>,
    pub end: End,
}

/// A part of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope<'a> {
    /// Everything, also what cannot be pruned.
    Network,
    /// The weights of these layers: all of the stage.
    Layers(&'a [String]),
    /// The weights of one layer.
    Layer(&'a str),
}

/// When enough units are removed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// At most `left` of `quantity` is left. There was `before` of it, of which `fixed` cannot be masked.
    Left { quantity: Quantity, before: u64, fixed: u64, left: u64 },
    /// All units of lower importance are gone.
    Below(f64),
}

impl Request {
    /// The goals for the `layers` of a stage in a network with `graph`, which costs `cost` and now has `masks`. Shares are
    /// of the weights that these layers have in `origin`, the network before anything was removed.
    ///
    /// # Errors
    /// Where the rule that divides a share among the layers leaves more than that.
    pub(super) fn goals<'a>(
        &'a self,
        (graph, cost): (&Graph, &Cost),
        layers: &'a [String],
        origin: &Cost,
        masks: &Masks,
    ) -> Result<Vec<Goal<'a>>, PruneError> {
        let left = |amount: Amount, names: &[String]| {
            let is_meant = |layer: &&LayerCost| names.contains(&layer.name);
            let total = origin.layers.iter().filter(is_meant).map(|layer| layer.weights).sum();
            let kept = cost.layers.iter().filter(is_meant).map(|layer| masks.kept_in(layer)).sum();
            (kept, amount.left(total, kept))
        };
        let weights = |scope, (before, left)| Goal {
            scope,
            end: End::Left { quantity: Quantity::Weights, before, fixed: 0, left },
        };
        // A layer that is not there was removed.
        let is_there = |name: &str| cost.layers.iter().any(|layer| layer.name == name);
        let network = |end| Goal { scope: Scope::Network, end };
        Ok(match self {
            Self::Overall(amount) => vec![weights(Scope::Layers(layers), left(*amount, layers))],
            Self::Layers(amounts) => {
                let amounts = amounts.iter().filter(|(name, _)| is_there(name));
                let goal = |(name, amount): &'a (String, Amount)| {
                    weights(Scope::Layer(name), left(*amount, std::slice::from_ref(name)))
                };
                amounts.map(goal).collect()
            }
            Self::Spread { by, amount } => {
                let (_, left) = left(*amount, layers);
                let names = || layers.iter().map(String::as_str).filter(|name| is_there(name));
                let sites = Site::of(graph, &cost.layers, names(), |layer| masks.kept_in(layer));
                let quantity = Quantity::Weights;
                let kept = by.kept(&sites, left);
                let kept = kept.map_err(|fixed| PruneError::OutOfReach { quantity, left, fixed })?;
                let counts = sites.iter().map(|site| site.kept).zip(kept);
                names().zip(counts).map(|(name, counts)| weights(Scope::Layer(name), counts)).collect()
            }
            Self::Scan { .. } => unreachable!("a scan is turned into shares of layers before"),
            Self::Budget { quantity, left, way } => {
                let before = quantity.of_network(cost, masks);
                let pruned = cost.layers.iter().filter(|layer| layers.contains(&layer.name));
                let prunable: u64 =
                    pruned.map(|layer| quantity.of_weight(layer) * masks.kept_in(layer)).sum();
                let left = way.map_or(*left, |way| way.whole(before, *left)).min(before);
                vec![network(End::Left { quantity: *quantity, before, fixed: before - prunable, left })]
            }
            Self::Threshold(threshold) => vec![network(End::Below(*threshold))],
            // A score is the rank within the group.
            Self::Groups { kept, of } => vec![network(End::Below((of - kept) as f64))],
        })
    }

    /// An error where more cannot be masked than a budget leaves, in this round or in the last: `goals` are those of
    /// this round.
    pub(super) fn check_fixed(&self, goals: &[Goal<'_>]) -> Result<(), PruneError> {
        let &Self::Budget { quantity, left, .. } = self else { return Ok(()) };
        let fixed = goals.iter().filter_map(|goal| match goal.end {
            End::Left { fixed, .. } => Some(fixed),
            End::Below(_) => None,
        });
        match fixed.max() {
            Some(fixed) if fixed > left => Err(PruneError::OutOfReach { quantity, left, fixed }),
            Some(_) | None => Ok(()),
        }
    }
}

impl Goal<'_> {
    /// The goal of scoring pass `pass` (from 1) of `passes`.
    pub(super) fn after(&self, pass: u32, passes: u32) -> Self {
        let end = match self.end {
            End::Left { quantity, before, fixed, left } => {
                End::Left { quantity, before, fixed, left: left_after(before, left, pass, passes) }
            }
            End::Below(threshold) => End::Below(threshold),
        };
        Self { end, ..*self }
    }
}

/// What is left after scoring pass `pass` (from 1) of `passes`, when `before` was there before the first and
/// `left` shall be after the last: the same share of what is there goes in every pass.
fn left_after(before: u64, left: u64, pass: u32, passes: u32) -> u64 {
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
        let layers: Vec<String> = layers.iter().map(ToString::to_string).collect();
        let [conv, fc] = [("conv", 4), ("fc", 6)].map(|(name, size)| (name.to_owned(), vec![1.0; size]));
        let (graph, _) = network([conv, fc]);
        let goals = request.goals((&graph, &cost), &layers, &cost, masks)?;
        request.check_fixed(&goals)?;
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
