//! Granularities that do not fit their stage or their network.

use super::Sections;
use super::chain::Chain;
use super::networks::graph;
use crate::prune::{Allocation, Granularity, Normalizer, Schedule};
use crate::spec::Prune;
use crate::spec::check::Mistake;
use std::num::NonZeroUsize;

/// What says a second time how far pruning goes, or what is compared with what, beside n-of-m.
pub(super) fn contradictions(path: &str, prune: &Prune, group: [NonZeroUsize; 2]) -> Vec<Mistake> {
    let [n, m] = group;
    let others = [
        ("target", prune.target.is_some()),
        ("allocation", prune.allocation != Allocation::Global),
        ("schedule", prune.schedule != Schedule::OneShot),
        ("normalization", prune.normalization != Normalizer::None),
    ];
    let doubled = others.into_iter().filter(|(_, is_said)| *is_said).map(|(key, _)| {
        let message =
            format!("`n-of-m` keeps {n} of each {m} weights, in one round, and `{key}` says otherwise");
        let help = format!("leave out `{key}`, or choose another granularity");
        Mistake::key(&format!("{path}.{key}"), message, vec![help])
    });
    let full = (n >= m).then(|| {
        let help = vec!["allowed: [n, m] with 1 ≤ n < m".to_owned()];
        let message = format!("{n} of each {m} weights are all, so nothing would be pruned");
        Mistake::value(&format!("{path}.granularity.n-of-m"), message, help)
    });
    let control = (!prune.masks.is_default()).then(|| {
        let help = vec!["leave `masks` out, or choose another granularity".to_owned()];
        let message = "controls move masks within a layer, and `n-of-m` keeps n in every group";
        Mistake::key(&format!("{path}.masks"), message, help)
    });
    doubled.chain(full).chain(control).collect()
}

/// Layers whose inputs the groups of n-of-m do not divide.
pub(super) fn mistake(sections: &Sections, path: &str, prune: &Prune) -> Option<Mistake> {
    let m = match prune.granularity {
        Granularity::NOfM([_, m]) => m.get(),
        Granularity::Weight | Granularity::Block(_) | Granularity::Channel | Granularity::Layer => {
            return None;
        }
    };
    let chain = Chain::to(sections, prune)?;
    let graph = graph(sections, chain.train)?.ok()?;
    let layers = prune.layers.select(&graph.prunable());
    let inputs = layers.iter().map(|layer| {
        let weight = graph.weight_of(layer).expect("it is prunable");
        (layer, graph.slots()[weight].shape[1])
    });
    let ragged: Vec<_> = inputs.filter(|(_, inputs)| inputs % m != 0).collect();
    if ragged.is_empty() {
        return after_removal(path, &chain, m);
    }
    let named: Vec<_> = ragged.iter().map(|(layer, inputs)| format!("{inputs} of `{layer}`")).collect();
    let message = format!("groups of {m} do not divide the inputs: {}", named.join(", "));
    let excluded: Vec<_> = ragged.iter().map(|(layer, _)| format!("\"{layer}\"")).collect();
    let help = format!("leave such layers out: `layers.exclude = [{}]`", excluded.join(", "));
    Some(Mistake::value(&format!("{path}.granularity.n-of-m"), message, vec![help]))
}

/// Groups of m inputs in a network that has lost channels: how many are left of a layer is known once it is pruned,
/// unless it is a multiple of m.
fn after_removal(path: &str, chain: &Chain<'_>, m: usize) -> Option<Mistake> {
    let is_ragged = |before: &&&Prune| {
        before.granularity == Granularity::Channel && !before.limits().round_to.get().is_multiple_of(m)
    };
    chain.before().iter().find(is_ragged)?;
    let message =
        format!("a stage before removes channels, and what is left of them need not be a multiple of {m}");
    let help = vec![format!("say `round-to = {m}` in the stage that removes channels, or a multiple of {m}")];
    Some(Mistake::value(&format!("{path}.granularity.n-of-m"), message, help))
}
