//! The sparsity that was asked for, followed through every round of every stage.

use super::{Amount, Quantity, Request, Start};
use crate::model::{Cost, LayerCost};
use std::collections::{BTreeMap, BTreeSet};

/// Sparsity asked for so far, by layer; a layer that is not in it was never asked for anything. Where a
/// request is over all layers together, each carries the overall share, which is also what it is
/// expected to lose when nothing is known of the scores.
///
/// What is asked for is kept apart from what is achieved: where more weights are masked already than a request
/// asks for, it is recorded as it was made, though no weight is unmasked.
///
/// A budget or a threshold asks for no sparsity that is known before the scores are. Then what is here is what the
/// layers are expected to have lost, and no longer what was asked of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskedSparsity {
    shares: BTreeMap<String, f64>,
    /// Layers of which the scores say how much they have lost.
    unknown: BTreeSet<String>,
    /// What was asked for last, where that was a budget: its quantity, and the share of the original's.
    budget: Option<(Quantity, f64)>,
}

/// A request for less than was asked for before, so that nothing is removed for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shortfall {
    /// The sparsity that is asked for now.
    pub asked: f64,
    /// The sparsity of the same layers that was asked for before.
    pub before: f64,
}

/// What a layer has lost.
#[derive(Clone, Copy)]
enum Share {
    /// As it was asked for.
    Asked(f64),
    /// As well as can be said before the scores are known.
    Expected(f64),
}

impl Share {
    /// The share that `amount` makes of what was there before: it is known where that was, or does not matter.
    fn after(amount: Amount, share: f64, before: Option<f64>) -> Self {
        match (amount, before) {
            (Amount::To(_), _) | (Amount::Rate(_) | Amount::Toward { .. }, Some(_)) => Self::Asked(share),
            (Amount::Rate(_) | Amount::Toward { .. }, None) => Self::Expected(share),
        }
    }
}

impl AskedSparsity {
    /// Nothing was asked for yet.
    pub fn dense() -> Self {
        Self::default()
    }

    /// What has been asked for once `request` is made too; `layers` are the prunable layers of its stage.
    #[must_use]
    pub fn after(&self, request: &Request, original: &Cost, layers: &[LayerCost]) -> Self {
        let mut after = Self { budget: None, ..self.clone() };
        match request {
            Request::Overall(amount) | Request::Spread { amount, .. } | Request::Scan { amount, .. } => {
                let share = amount.sparsity(self.share(layers));
                let share = Share::after(*amount, share, self.known_share(layers));
                layers.iter().for_each(|layer| after.set(&layer.name, share));
            }
            Request::Layers(amounts) => {
                for (name, amount) in amounts {
                    let known = (!self.unknown.contains(name)).then(|| self.of(name));
                    after.set(name, Share::after(*amount, amount.sparsity(self.of(name)), known));
                }
            }
            Request::Budget { quantity, left, way } => {
                let whole = quantity.of_original(original) as f64;
                let end = *left as f64 / whole;
                let before = self.left_of(*quantity);
                let share = way.map_or(Some(end), |way| before.map(|before| way.left(before, end)));
                after.budget = share.map(|share| (*quantity, share));
                // As if every weight cost the same, for estimates.
                let prunable =
                    layers.iter().map(|layer| quantity.of_weight(layer) * layer.weights).sum::<u64>();
                let fixed = whole - prunable as f64;
                let left = (share.unwrap_or(end) * whole - fixed).max(0.0);
                let expected = (1.0 - left / prunable as f64).max(self.share(layers));
                layers.iter().for_each(|layer| after.set(&layer.name, Share::Expected(expected)));
            }
            Request::Threshold(_) => {
                let expected = |layer: &LayerCost| Share::Expected(self.of(&layer.name));
                layers.iter().for_each(|layer| after.set(&layer.name, expected(layer)));
            }
            // Of a group from which more is gone, no more is asked for.
            Request::Groups { kept, of } => {
                let share = 1.0 - *kept as f64 / *of as f64;
                for layer in layers {
                    let share = share.max(self.of(&layer.name));
                    let is_unknown = self.unknown.contains(&layer.name);
                    after.set(
                        &layer.name,
                        if is_unknown { Share::Expected(share) } else { Share::Asked(share) },
                    );
                }
            }
        }
        after
    }

    /// What is known once a search, or rounds that may end early, have pruned `layers`: the run alone says how far they
    /// went.
    #[must_use]
    pub fn after_search(&self, layers: &[LayerCost]) -> Self {
        let mut after = Self { budget: None, ..self.clone() };
        layers.iter().for_each(|layer| after.set(&layer.name, Share::Expected(self.of(&layer.name))));
        after
    }

    fn set(&mut self, layer: &str, share: Share) {
        let share = match share {
            Share::Asked(share) => {
                self.unknown.remove(layer);
                share
            }
            Share::Expected(share) => {
                self.unknown.insert(layer.to_owned());
                share
            }
        };
        self.shares.insert(layer.to_owned(), share);
    }

    /// Whether nothing was asked for yet.
    pub fn start(&self) -> Start {
        if *self == Self::dense() { Start::Dense } else { Start::Pruned }
    }

    /// Sparsity asked for over `layers` together, where it is known.
    pub fn known_share(&self, layers: &[LayerCost]) -> Option<f64> {
        let is_known = layers.iter().all(|layer| !self.unknown.contains(&layer.name));
        is_known.then(|| self.share(layers))
    }

    /// Share of the original's `quantity` that was asked to be left: all of it before anything was asked for.
    /// `None` where the last request counted something else.
    pub fn left_of(&self, quantity: Quantity) -> Option<f64> {
        match self.budget {
            Some((asked, share)) => (asked == quantity).then_some(share),
            None => (self.start() == Start::Dense).then_some(1.0),
        }
    }

    /// Multiply-accumulates that are left of `original` where every layer has lost the share of its weights that was
    /// asked for.
    pub fn expected_macs(&self, original: &Cost) -> u64 {
        let left = |layer: &LayerCost| (1.0 - self.of(&layer.name)) * layer.macs as f64;
        original.layers.iter().map(left).sum::<f64>().round().max(1.0) as u64
    }

    /// Whether `request`, the last of a stage with these prunable `layers`, asks for less than was asked for
    /// before of the layers that it is about. These count together: which of them lost how much is not known
    /// where the request before was for all together.
    pub fn shortfall(&self, request: &Request, original: &Cost, layers: &[LayerCost]) -> Option<Shortfall> {
        let is_meant = |layer: &&LayerCost| match request {
            Request::Overall(_) | Request::Spread { .. } | Request::Scan { .. } => true,
            Request::Layers(amounts) => amounts.iter().any(|(name, _)| *name == layer.name),
            Request::Budget { .. } | Request::Threshold(_) | Request::Groups { .. } => false,
        };
        let meant: Vec<_> = layers.iter().filter(is_meant).cloned().collect();
        let (asked, before) =
            (self.after(request, original, layers).share(&meant), self.known_share(&meant)?);
        // A rate of 0 may differ in the last digit.
        (asked < before - 1e-9).then_some(Shortfall { asked, before })
    }

    /// Sparsity asked for over `layers` together: Σ nₗ · sₗ / Σ nₗ, for nₗ weights in layer l. Pass the
    /// prunable layers of a stage, or all of the network, whichever the number shall refer to.
    pub fn share(&self, layers: &[LayerCost]) -> f64 {
        let first = layers.first().map_or(0.0, |layer| self.of(&layer.name));
        if layers.iter().all(|layer| self.of(&layer.name) == first) {
            return first; // A mean of equal numbers may differ from them in the last digit.
        }
        let weights: u64 = layers.iter().map(|layer| layer.weights).sum();
        let zero: f64 = layers.iter().map(|layer| layer.weights as f64 * self.of(&layer.name)).sum();
        zero / weights as f64
    }

    fn of(&self, layer: &str) -> f64 {
        self.shares.get(layer).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::{Amount, Pace, Way};

    fn layer(name: &str, weights: u64) -> LayerCost {
        LayerCost { name: name.into(), weights, macs: weights }
    }

    fn two() -> [LayerCost; 2] {
        [layer("a", 300), layer("b", 100)]
    }

    /// Two layers, one of which has MACs for two positions, and 20 biases.
    fn original() -> Cost {
        let [a, b] = two();
        let layers = vec![a, LayerCost { macs: 200, ..b }];
        Cost { parameters: 420, prunable: 400, macs: 500, layers }
    }

    #[test]
    fn a_share_of_everything_is_reported_as_it_was_written() {
        let layers = [layer("fc1", 235_200), layer("fc2", 30_000), layer("fc3", 1_000)];
        for share in [0.1, 0.3, 0.8, 0.9, 0.95, 0.98] {
            let requested =
                AskedSparsity::dense().after(&Request::Overall(Amount::To(share)), &original(), &layers);
            assert_eq!(requested.share(&layers), share);
        }
    }

    #[test]
    fn rates_compound() {
        let request = Request::Overall(Amount::Rate(0.5));
        let once = AskedSparsity::dense().after(&request, &original(), &two());
        assert_eq!(once.share(&two()), 0.5);
        assert_eq!(once.after(&request, &original(), &two()).share(&two()), 0.75);
    }

    #[test]
    fn layers_weigh_by_their_size_and_compound_apart() {
        let request = Request::Layers(vec![("a".into(), Amount::Rate(0.5)), ("b".into(), Amount::To(0.25))]);
        let once = AskedSparsity::dense().after(&request, &original(), &two());
        // (300 · 0.5 + 100 · 0.25) / 400
        assert_eq!(once.share(&two()), 0.4375);
        // (300 · 0.75 + 100 · 0.25) / 400
        assert_eq!(once.after(&request, &original(), &two()).share(&two()), 0.625);
    }

    #[test]
    fn a_stage_of_some_layers_counts_over_any_set_of_layers() {
        let [a, b] = two();
        let of_a = AskedSparsity::dense().after(
            &Request::Overall(Amount::To(0.5)),
            &original(),
            std::slice::from_ref(&a),
        );
        assert_eq!(of_a.share(std::slice::from_ref(&a)), 0.5);
        assert_eq!(of_a.share(&[a, b]), 0.375);
    }

    #[test]
    fn a_later_stage_goes_on_from_what_an_earlier_one_asked_for() {
        let first = AskedSparsity::dense().after(
            &Request::Layers(vec![("a".into(), Amount::To(0.8))]),
            &original(),
            &two(),
        );
        // 300 · 0.8 / 400 = 0.6 is gone; half of the rest goes too.
        let second = first.after(&Request::Overall(Amount::Rate(0.5)), &original(), &two());
        assert!((second.share(&two()) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn a_table_says_nothing_of_the_layers_it_does_not_name() {
        let first = AskedSparsity::dense().after(&Request::Overall(Amount::To(0.8)), &original(), &two());
        let second = first.after(&Request::Layers(vec![("b".into(), Amount::To(0.9))]), &original(), &two());
        // (300 · 0.8 + 100 · 0.9) / 400
        assert_eq!(second.share(&two()), 0.825);
    }

    #[test]
    fn n_of_m_asks_for_the_same_of_every_layer_that_has_lost_less() {
        let most_of_b = Request::Layers(vec![("b".into(), Amount::To(0.9))]);
        let first = AskedSparsity::dense().after(&most_of_b, &original(), &two());
        let second = first.after(&Request::Groups { kept: 1, of: 4 }, &original(), &two());
        // (300 · 0.75 + 100 · 0.9) / 400
        assert_eq!(second.share(&two()), 0.7875);
        assert_eq!(first.shortfall(&Request::Groups { kept: 3, of: 4 }, &original(), &two()), None);
    }

    #[test]
    fn less_than_before_is_noticed() {
        let before = AskedSparsity::dense().after(&Request::Overall(Amount::To(0.8)), &original(), &two());
        let overall = |amount| before.shortfall(&Request::Overall(amount), &original(), &two());
        assert_eq!(overall(Amount::To(0.5)), Some(Shortfall { asked: 0.5, before: 0.8 }));
        assert_eq!(overall(Amount::To(0.8)), None);
        assert_eq!(overall(Amount::Rate(0.1)), None);
        let of_b = |share| {
            before.shortfall(&Request::Layers(vec![("b".into(), Amount::To(share))]), &original(), &two())
        };
        assert_eq!(of_b(0.7), Some(Shortfall { asked: 0.7, before: 0.8 }));
        assert_eq!(of_b(0.9), None);
    }

    #[test]
    fn after_a_budget_the_sparsity_is_not_known_before_it_is_asked_for() {
        let budget = |left, way| Request::Budget { quantity: Quantity::Parameters, left, way };
        let after = |before: &AskedSparsity, request: &Request| before.after(request, &original(), &two());
        let dense = AskedSparsity::dense();
        assert_eq!((dense.start(), dense.left_of(Quantity::Macs)), (Start::Dense, Some(1.0)));
        // On the way from 1 to a half in two rounds; 315 of 420 leave 295 of 400 weights.
        let way = Way { rounds: 2, pace: Pace::Linear };
        let first = after(&dense, &budget(210, Some(way)));
        assert_eq!((first.left_of(Quantity::Parameters), first.left_of(Quantity::Macs)), (Some(0.75), None));
        assert_eq!((first.known_share(&two()), first.share(&two())), (None, 1.0 - 295.0 / 400.0));
        let second = after(&first, &budget(210, None));
        assert_eq!(second.left_of(Quantity::Parameters), Some(0.5));
        assert_eq!(after(&second, &Request::Overall(Amount::Rate(0.5))).known_share(&two()), None);
        let known = after(&second, &Request::Overall(Amount::To(0.9)));
        assert_eq!((known.known_share(&two()), known.left_of(Quantity::Parameters)), (Some(0.9), None));
        assert_eq!(after(&known, &Request::Threshold(0.1)).known_share(&two()), None);
        assert_eq!(second.shortfall(&Request::Overall(Amount::To(0.1)), &original(), &two()), None);
    }

    #[test]
    fn after_a_search_the_sparsity_is_not_known() {
        let found = AskedSparsity::dense().after_search(&two());
        assert_eq!(
            (found.start(), found.known_share(&two()), found.share(&two())),
            (Start::Pruned, None, 0.0)
        );
        assert_eq!(found.left_of(Quantity::Macs), None);
        let rate = Request::Overall(Amount::Rate(0.5));
        assert_eq!(found.after(&rate, &original(), &two()).known_share(&two()), None);
    }
}
