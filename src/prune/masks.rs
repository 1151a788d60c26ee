//! Which weights of a network are kept.

use super::Mask;
use crate::kernel::Kernel;
use crate::model::{Cost, Graph, LayerCost, Network, Slice, Slot, Weights, weight_name};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The mask of each prunable layer that has lost a weight or may lose one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masks(pub BTreeMap<String, Mask>);

impl Masks {
    /// Every weight of `layers` kept.
    pub fn full(graph: &Graph, layers: &[String]) -> Self {
        let full = |layer: &String| {
            let weight = graph.weight_of(layer).expect("the layer is prunable");
            (layer.clone(), Mask::full(graph.slots()[weight].size()))
        };
        Self(layers.iter().map(full).collect())
    }

    /// The same, with a mask for each of `layers`: one that keeps all where there was none.
    #[must_use]
    pub fn over(mut self, layers: &[&LayerCost]) -> Self {
        for layer in layers {
            self.0.entry(layer.name.clone()).or_insert_with(|| Mask::full(layer.weights as usize));
        }
        self
    }

    /// Sets every masked weight of `weights` to exactly zero.
    pub fn apply(&self, weights: &mut Weights) {
        for (layer, mask) in &self.0 {
            let array = weights.0.get_mut(&weight_name(layer)).expect("masks and weights are of one network");
            assert_eq!(array.values.len(), mask.size(), "`{layer}`: masks and weights are of one network");
            for (value, _) in array.values.iter_mut().zip(mask.iter()).filter(|(_, is_kept)| !is_kept) {
                *value = 0.0;
            }
        }
    }

    /// Whether every masked weight of `weights` is exactly zero: pruned stays pruned.
    pub fn is_respected_by(&self, weights: &Weights) -> bool {
        self.0.iter().all(|(layer, mask)| {
            weights.0.get(&weight_name(layer)).is_some_and(|array| {
                array.values.len() == mask.size()
                    && array.values.iter().zip(mask.iter()).all(|(value, is_kept)| is_kept || *value == 0.0)
            })
        })
    }

    /// Masks the parameters of `network`, and keeps all of those that have no mask (see
    /// [`Parameter::remask`](crate::model::Parameter::remask)).
    pub fn remask<B: Kernel>(&self, network: &mut Network<B>) {
        let graph = Arc::clone(&network.graph);
        for parameter in &mut network.parameters {
            let mask = self.of_slot(&graph, parameter.slot());
            let mask: Option<Vec<bool>> = mask.map(|mask| mask.iter().collect());
            parameter.remask(mask.as_deref());
        }
    }

    /// The mask of a slot that is the weight of a layer with a mask.
    pub fn of_slot(&self, graph: &Graph, slot: &Slot) -> Option<&Mask> {
        self.0.get(graph.layer_of(slot)?)
    }

    /// The masks of the smaller network that `slice` leaves of the one of `graph`, whose masks these are.
    #[must_use]
    pub fn sliced(&self, graph: &Graph, slice: &Slice) -> Self {
        let left = self.0.iter().filter_map(|(layer, mask)| {
            let slot = &graph.slots()[graph.weight_of(layer).expect("masks and graph are of one network")];
            let (_, kept) = slice.values(&slot.name, &slot.shape, &mask.iter().collect::<Vec<_>>())?;
            Some((layer.clone(), kept.into_iter().collect()))
        });
        Self(left.collect())
    }

    /// Kept weights of each prunable layer of the network, in node order: (name, kept); a layer
    /// without a mask keeps all.
    pub fn kept(&self, cost: &Cost) -> Vec<(String, u64)> {
        cost.layers.iter().map(|layer| (layer.name.clone(), self.kept_in(layer))).collect()
    }

    /// Kept weights of `layer`: all, where it has no mask.
    pub fn kept_in(&self, layer: &LayerCost) -> u64 {
        self.0.get(&layer.name).map_or(layer.weights, |mask| mask.kept() as u64)
    }
}

/// MACs of `layer` for one image when `kept` of its weights are not zero. Exact, because each weight of a
/// layer takes part in equally many: one in a linear layer, one a position in a convolution.
pub fn macs_nonzero(layer: &LayerCost, kept: u64) -> u64 {
    match layer.weights {
        0 => 0,
        weights => layer.macs / weights * kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::architecture::Mlp;
    use crate::model::{Array, Model};

    fn masks(layers: &[(&str, &[bool])]) -> Masks {
        Masks(layers.iter().map(|&(name, mask)| (name.into(), mask.iter().copied().collect())).collect())
    }

    fn weights(values: &[f32]) -> Weights {
        let array = |values: &[f32]| Array { shape: vec![values.len()], values: values.to_vec() };
        let arrays = [("fc1.weight".into(), array(values)), ("fc1.bias".into(), array(&[5.0]))];
        Weights(arrays.into_iter().collect())
    }

    #[test]
    fn applying_sets_what_is_masked_to_zero_and_touches_nothing_else() {
        let masks = masks(&[("fc1", &[true, false, true])]);
        let mut masked = weights(&[1.0, f32::INFINITY, -3.0]);
        assert!(!masks.is_respected_by(&masked));
        masks.apply(&mut masked);
        assert_eq!(masked, weights(&[1.0, 0.0, -3.0]));
        assert!(masks.is_respected_by(&masked));
    }

    #[test]
    fn the_smallest_number_is_not_zero() {
        let masks = masks(&[("fc1", &[true, false])]);
        assert!(!masks.is_respected_by(&weights(&[1.0, f32::from_bits(1)])));
        assert!(masks.is_respected_by(&weights(&[1.0, -0.0])));
    }

    #[test]
    fn weights_of_another_network_do_not_respect_masks() {
        assert!(!masks(&[("fc9", &[true])]).is_respected_by(&weights(&[1.0])));
        assert!(!masks(&[("fc1", &[true, true])]).is_respected_by(&weights(&[1.0])));
    }

    #[test]
    fn layers_without_a_mask_keep_all() {
        let layer = |name: &str, weights, macs| LayerCost { name: name.into(), weights, macs };
        let layers = vec![layer("fc1", 3, 3), layer("fc2", 7, 7)];
        let cost = Cost { parameters: 10, prunable: 10, macs: 10, layers };
        let kept = masks(&[("fc1", &[true, false, false])]).kept(&cost);
        assert_eq!(kept, [("fc1".to_owned(), 1), ("fc2".to_owned(), 7)]);
    }

    #[test]
    fn a_kept_weight_counts_once_for_each_position() {
        // A 3×3 convolution from 3 to 16 channels on 32×32 positions.
        let layer = LayerCost { name: "conv1".into(), weights: 432, macs: 432 * 1024 };
        assert_eq!(macs_nonzero(&layer, 432), 442_368);
        assert_eq!(macs_nonzero(&layer, 10), 10_240);
        assert_eq!(macs_nonzero(&layer, 0), 0);
    }

    #[test]
    fn only_the_weight_of_a_masked_layer_has_a_mask() {
        let graph = Model::Mlp(Mlp { hidden: vec![1] }).graph([1, 1, 3], 2).unwrap();
        let masks = masks(&[("fc1", &[true, false, true])]);
        // fc1.weight, fc1.bias, fc2.weight, fc2.bias
        let of_slots: Vec<_> = graph.slots().iter().map(|slot| masks.of_slot(&graph, slot)).collect();
        assert_eq!(of_slots, [Some(&[true, false, true].into_iter().collect()), None, None, None]);
    }

    #[test]
    fn a_full_mask_keeps_every_weight_of_its_layers() {
        let graph = Model::Mlp(Mlp { hidden: vec![1] }).graph([1, 1, 3], 2).unwrap();
        assert_eq!(Masks::full(&graph, &["fc1".into()]), masks(&[("fc1", &[true, true, true])]));
    }
}
