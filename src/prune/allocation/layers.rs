//! A share for each layer.

use crate::model::LayerCost;
use crate::prune::{Aim, Request, Sparsity, glob};
use std::collections::BTreeMap;

/// Each layer goes through the schedule towards its own final sparsity in `table`; a layer that no glob
/// matches is not asked for anything. Of several globs that match, the most specific counts: a plain name before
/// any glob, then the one with more characters spelled out, then the later in the alphabet. To repeat
/// shares that a paper gives layer by layer.
pub(super) fn request(
    table: &BTreeMap<String, Sparsity>,
    aim: Aim<'_>,
    round: u32,
    layers: &[LayerCost],
) -> Request {
    let amount = |layer: &LayerCost| {
        let share = last(table, &layer.name)?.share();
        Some((layer.name.clone(), aim.schedule.amount(round, Some(share), aim.start)))
    };
    Request::Layers(layers.iter().filter_map(amount).collect())
}

/// Whether nothing of `layer` shall go.
pub(super) fn spares(table: &BTreeMap<String, Sparsity>, layer: &str) -> bool {
    last(table, layer).is_none_or(|share| share.share() == 0.0)
}

/// The final sparsity of `layer`.
fn last(table: &BTreeMap<String, Sparsity>, layer: &str) -> Option<Sparsity> {
    let matching = table.iter().filter(|(glob, _)| glob::matches(glob, layer));
    matching.max_by_key(|(glob, _)| glob::specificity(glob)).map(|(_, share)| *share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cost;
    use crate::prune::schedule::Linear;
    use crate::prune::{Allocation, Amount, Schedule, Start};

    fn layers() -> [LayerCost; 3] {
        ["conv1", "layer1.conv1", "fc"].map(|name| LayerCost { name: name.into(), weights: 4, macs: 4 })
    }

    fn table(shares: &[(&str, f64)]) -> BTreeMap<String, Sparsity> {
        shares.iter().map(|&(glob, share)| (glob.into(), Sparsity::try_from(share).unwrap())).collect()
    }

    fn expect<const N: usize>(shares: [(&str, f64); N]) -> Request {
        Request::Layers(shares.map(|(name, share)| (name.to_owned(), Amount::To(share))).to_vec())
    }

    fn requested(allocation: &Allocation, schedule: &Schedule, round: u32) -> Request {
        let original = Cost { parameters: 12, prunable: 12, macs: 12, layers: layers().to_vec() };
        let aim = Aim { schedule, target: None, start: Start::Dense, original: &original };
        allocation.request(aim, round, &layers())
    }

    #[test]
    fn each_layer_follows_the_schedule_to_its_own_share() {
        let allocation = Allocation::Layers(table(&[("fc", 0.5), ("*conv1", 0.75)]));
        let schedule = Schedule::Linear(Linear { rounds: 2 });
        let first = requested(&allocation, &schedule, 1);
        assert_eq!(first, expect([("conv1", 0.375), ("layer1.conv1", 0.375), ("fc", 0.25)]));
        let last = requested(&allocation, &schedule, 2);
        assert_eq!(last, expect([("conv1", 0.75), ("layer1.conv1", 0.75), ("fc", 0.5)]));
    }

    #[test]
    fn the_most_specific_glob_counts_and_other_layers_are_not_asked_for_anything() {
        let table = Allocation::Layers(table(&[("*conv1", 0.5), ("layer1.*", 0.25), ("conv1", 0.125)]));
        let request = requested(&table, &Schedule::OneShot, 1);
        assert_eq!(request, expect([("conv1", 0.125), ("layer1.conv1", 0.25)]));
    }

    #[test]
    fn globs_without_a_layer_are_named() {
        let names = layers().map(|layer| layer.name);
        let allocation = Allocation::Layers(table(&[("fc", 0.5), ("fc9", 0.5)]));
        assert_eq!(allocation.unmatched(&names), ["fc9"]);
    }
}
