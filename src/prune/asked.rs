//! The sparsity that was asked for, followed through every round of every stage.

use super::{Amount, Request};
use crate::model::LayerCost;
use std::collections::BTreeMap;

/// Sparsity asked for so far, by layer; a layer that is not in it was never asked for anything. Where a
/// request is over all layers together, each carries the overall share, which is also what it is
/// expected to lose when nothing is known of the scores.
///
/// What is asked for is kept apart from what is achieved: where more weights are masked already than a request
/// asks for, it is recorded as it was made, though no weight is unmasked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskedSparsity(BTreeMap<String, f64>);

/// A request for less than was asked for before, so that nothing is removed for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shortfall {
    /// The sparsity that is asked for now.
    pub asked: f64,
    /// The sparsity of the same layers that was asked for before.
    pub before: f64,
}

impl AskedSparsity {
    /// Nothing was asked for yet.
    pub fn dense() -> Self {
        Self::default()
    }

    /// What has been asked for once `request` is made too; `layers` are the prunable layers of its stage.
    /// Budgets and thresholds ask for no sparsity that is known before the scores are.
    #[must_use]
    pub fn after(&self, request: &Request, layers: &[LayerCost]) -> Self {
        let mut after = self.clone();
        match request {
            Request::Overall(amount) => {
                let share = amount.sparsity(self.share(layers));
                after.0.extend(layers.iter().map(|layer| (layer.name.clone(), share)));
            }
            Request::Layers(amounts) => {
                let share =
                    |(name, amount): &(String, Amount)| (name.clone(), amount.sparsity(self.of(name)));
                after.0.extend(amounts.iter().map(share));
            }
            // Of a group from which more is gone, no more is asked for.
            Request::Groups { kept, of } => {
                let share = 1.0 - *kept as f64 / *of as f64;
                let asked = |layer: &LayerCost| (layer.name.clone(), share.max(self.of(&layer.name)));
                after.0.extend(layers.iter().map(asked));
            }
            Request::Budget { .. } | Request::Threshold(_) => {}
        }
        after
    }

    /// Whether `request`, the last of a stage with these prunable `layers`, asks for less than was asked for
    /// before of the layers that it is about. These count together: which of them lost how much is not known
    /// where the request before was for all together.
    pub fn shortfall(&self, request: &Request, layers: &[LayerCost]) -> Option<Shortfall> {
        let is_meant = |layer: &&LayerCost| match request {
            Request::Overall(_) => true,
            Request::Layers(amounts) => amounts.iter().any(|(name, _)| *name == layer.name),
            Request::Budget { .. } | Request::Threshold(_) | Request::Groups { .. } => false,
        };
        let meant: Vec<_> = layers.iter().filter(is_meant).cloned().collect();
        let (asked, before) = (self.after(request, layers).share(&meant), self.share(&meant));
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
        self.0.get(layer).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Amount;

    fn layer(name: &str, weights: u64) -> LayerCost {
        LayerCost { name: name.into(), weights, macs: weights }
    }

    fn two() -> [LayerCost; 2] {
        [layer("a", 300), layer("b", 100)]
    }

    #[test]
    fn a_share_of_everything_is_reported_as_it_was_written() {
        let layers = [layer("fc1", 235_200), layer("fc2", 30_000), layer("fc3", 1_000)];
        for share in [0.1, 0.3, 0.8, 0.9, 0.95, 0.98] {
            let requested = AskedSparsity::dense().after(&Request::Overall(Amount::To(share)), &layers);
            assert_eq!(requested.share(&layers), share);
        }
    }

    #[test]
    fn rates_compound() {
        let request = Request::Overall(Amount::Rate(0.5));
        let once = AskedSparsity::dense().after(&request, &two());
        assert_eq!(once.share(&two()), 0.5);
        assert_eq!(once.after(&request, &two()).share(&two()), 0.75);
    }

    #[test]
    fn layers_weigh_by_their_size_and_compound_apart() {
        let request = Request::Layers(vec![("a".into(), Amount::Rate(0.5)), ("b".into(), Amount::To(0.25))]);
        let once = AskedSparsity::dense().after(&request, &two());
        // (300 · 0.5 + 100 · 0.25) / 400
        assert_eq!(once.share(&two()), 0.4375);
        // (300 · 0.75 + 100 · 0.25) / 400
        assert_eq!(once.after(&request, &two()).share(&two()), 0.625);
    }

    #[test]
    fn a_stage_of_some_layers_counts_over_any_set_of_layers() {
        let [a, b] = two();
        let of_a = AskedSparsity::dense().after(&Request::Overall(Amount::To(0.5)), std::slice::from_ref(&a));
        assert_eq!(of_a.share(std::slice::from_ref(&a)), 0.5);
        assert_eq!(of_a.share(&[a, b]), 0.375);
    }

    #[test]
    fn a_later_stage_goes_on_from_what_an_earlier_one_asked_for() {
        let first =
            AskedSparsity::dense().after(&Request::Layers(vec![("a".into(), Amount::To(0.8))]), &two());
        // 300 · 0.8 / 400 = 0.6 is gone; half of the rest goes too.
        let second = first.after(&Request::Overall(Amount::Rate(0.5)), &two());
        assert!((second.share(&two()) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn a_table_says_nothing_of_the_layers_it_does_not_name() {
        let first = AskedSparsity::dense().after(&Request::Overall(Amount::To(0.8)), &two());
        let second = first.after(&Request::Layers(vec![("b".into(), Amount::To(0.9))]), &two());
        // (300 · 0.8 + 100 · 0.9) / 400
        assert_eq!(second.share(&two()), 0.825);
    }

    #[test]
    fn n_of_m_asks_for_the_same_of_every_layer_that_has_lost_less() {
        let first =
            AskedSparsity::dense().after(&Request::Layers(vec![("b".into(), Amount::To(0.9))]), &two());
        let second = first.after(&Request::Groups { kept: 1, of: 4 }, &two());
        // (300 · 0.75 + 100 · 0.9) / 400
        assert_eq!(second.share(&two()), 0.7875);
        assert_eq!(first.shortfall(&Request::Groups { kept: 3, of: 4 }, &two()), None);
    }

    #[test]
    fn less_than_before_is_noticed() {
        let before = AskedSparsity::dense().after(&Request::Overall(Amount::To(0.8)), &two());
        let overall = |amount| before.shortfall(&Request::Overall(amount), &two());
        assert_eq!(overall(Amount::To(0.5)), Some(Shortfall { asked: 0.5, before: 0.8 }));
        assert_eq!(overall(Amount::To(0.8)), None);
        assert_eq!(overall(Amount::Rate(0.1)), None);
        let of_b = |share| before.shortfall(&Request::Layers(vec![("b".into(), Amount::To(share))]), &two());
        assert_eq!(of_b(0.7), Some(Shortfall { asked: 0.7, before: 0.8 }));
        assert_eq!(of_b(0.9), None);
    }
}
