//! Prune stages that ask for less than the stages before them have removed already.

use super::Sections;
use super::chain::Chain;
use super::networks::graph;
use crate::model::{Cost, LayerCost};
use crate::prune::{Request, Requested, Step, Target};
use crate::spec::Prune;
use crate::spec::check::Mistake;

/// Nothing that was pruned comes back, so such a stage would change nothing. All stages of the chain say how
/// far they go.
pub(super) fn mistake(sections: &Sections, path: &str, chain: &Chain<'_>, prune: &Prune) -> Option<Mistake> {
    if !prune.schedule.needs_target() || chain.before().is_empty() {
        return None;
    }
    let layers = Cost::of(&graph(sections, chain.train)?.ok()?).layers;
    let mut requested = Requested::dense();
    for earlier in chain.before() {
        let layers = pruned(earlier, &layers);
        for round in 1..=earlier.schedule.rounds() {
            requested = requested.after(&request(earlier, round, &layers), &layers);
        }
    }
    let mut own = pruned(prune, &layers);
    let request = request(prune, prune.schedule.rounds(), &own);
    if let Request::Layers(steps) = &request {
        // Layers of which nothing is asked stay as they are.
        let is_asked = |layer: &LayerCost| steps.contains(&(layer.name.clone(), Step::To(0.0)));
        own.retain(|layer| !is_asked(layer));
    }
    let (asked, gone) = (Requested::dense().after(&request, &own).share(&own), requested.share(&own));
    (asked < gone - 1e-9).then(|| {
        let key = if prune.target.is_some() { "target.sparsity" } else { "allocation.layers" };
        let message = format!(
            "{} is less than `{}` has removed of these layers: {}",
            short(asked),
            prune.from,
            short(gone)
        );
        let help = format!("what is pruned does not come back: say {} or more", short(gone));
        Mistake::value(&format!("{path}.{key}"), message, vec![help])
    })
}

/// The layers that `prune` may prune.
fn pruned(prune: &Prune, layers: &[LayerCost]) -> Vec<LayerCost> {
    let names: Vec<String> = layers.iter().map(|layer| layer.name.clone()).collect();
    let selected = prune.layers.select(&names);
    layers.iter().filter(|layer| selected.contains(&layer.name)).cloned().collect()
}

fn request(prune: &Prune, round: u32, layers: &[LayerCost]) -> Request {
    let target = prune.target.map(|Target::Sparsity(sparsity)| sparsity);
    prune.allocation.request(&prune.schedule, target, round, layers)
}

/// A share to four decimals, without zeros at its end.
fn short(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}
