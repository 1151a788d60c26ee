//! A share for each layer.

use crate::model::LayerCost;
use crate::prune::{Request, Schedule, Sparsity, Step, glob};
use std::collections::BTreeMap;

/// Each layer goes through the schedule towards its own final sparsity in `table`; a layer that no glob
/// matches stays as it is. Of several globs that match, the most specific counts: a plain name before
/// any glob, then the one with more characters spelled out, then the later in the alphabet. To repeat
/// shares that a paper gives layer by layer.
pub(super) fn request(
    table: &BTreeMap<String, Sparsity>,
    schedule: &Schedule,
    round: u32,
    layers: &[LayerCost],
) -> Request {
    let step = |layer: &LayerCost| match last(table, &layer.name) {
        Some(last) => schedule.step(round, Some(last.share())),
        None => Step::To(0.0),
    };
    Request::Layers(layers.iter().map(|layer| (layer.name.clone(), step(layer))).collect())
}

/// The final sparsity of `layer`.
fn last(table: &BTreeMap<String, Sparsity>, layer: &str) -> Option<Sparsity> {
    let matching = table.iter().filter(|(glob, _)| glob::matches(glob, layer));
    matching.max_by_key(|(glob, _)| glob::specificity(glob)).map(|(_, share)| *share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prune::Allocation;
    use crate::prune::schedule::Linear;

    fn layers() -> [LayerCost; 3] {
        ["conv1", "layer1.conv1", "fc"].map(|name| LayerCost { name: name.into(), weights: 4, macs: 4 })
    }

    fn table(shares: &[(&str, f64)]) -> BTreeMap<String, Sparsity> {
        shares.iter().map(|&(glob, share)| (glob.into(), Sparsity::try_from(share).unwrap())).collect()
    }

    fn expect(shares: [(&str, f64); 3]) -> Request {
        Request::Layers(shares.map(|(name, share)| (name.to_owned(), Step::To(share))).to_vec())
    }

    #[test]
    fn each_layer_follows_the_schedule_to_its_own_share() {
        let allocation = Allocation::Layers(table(&[("fc", 0.5), ("*conv1", 0.75)]));
        let schedule = Schedule::Linear(Linear { rounds: 2 });
        let first = allocation.request(&schedule, None, 1, &layers());
        assert_eq!(first, expect([("conv1", 0.375), ("layer1.conv1", 0.375), ("fc", 0.25)]));
        let last = allocation.request(&schedule, None, 2, &layers());
        assert_eq!(last, expect([("conv1", 0.75), ("layer1.conv1", 0.75), ("fc", 0.5)]));
    }

    #[test]
    fn the_most_specific_glob_counts_and_unmatched_layers_stay_dense() {
        let table = table(&[("*conv1", 0.5), ("layer1.*", 0.25), ("conv1", 0.125)]);
        let request = request(&table, &Schedule::OneShot, 1, &layers());
        assert_eq!(request, expect([("conv1", 0.125), ("layer1.conv1", 0.25), ("fc", 0.0)]));
    }

    #[test]
    fn globs_without_a_layer_are_named() {
        let names = layers().map(|layer| layer.name);
        let allocation = Allocation::Layers(table(&[("fc", 0.5), ("fc9", 0.5)]));
        assert_eq!(allocation.unmatched(&names), ["fc9"]);
    }
}
