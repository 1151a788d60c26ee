//! Prune stages that ask for less than the stages before them have removed already.

use super::Sections;
use super::chain::Chain;
use super::networks::graph;
use crate::format::real;
use crate::model::{Cost, LayerCost};
use crate::prune::{AskedSparsity, Target};
use crate::spec::Prune;
use crate::spec::check::Mistake;

/// What is pruned stays pruned, so such a stage would change nothing. All stages of the chain say how far they
/// go.
pub(super) fn mistake(sections: &Sections, path: &str, chain: &Chain<'_>, prune: &Prune) -> Option<Mistake> {
    let is_searched = prune.target.is_some_and(|target| target.search().is_some());
    if is_searched || !prune.schedule.needs_target() || chain.before().is_empty() {
        return None;
    }
    let original = Cost::of(&graph(sections, chain.train)?.ok()?);
    let layers = &original.layers;
    let mut asked = AskedSparsity::dense();
    for earlier in chain.before() {
        let (layers, start) = (pruned(earlier, layers), asked.start());
        if earlier.is_searched() {
            asked = asked.after_search(&layers);
            continue;
        }
        for round in 1..=earlier.schedule.rounds() {
            asked = asked.after(&earlier.request(start, round, &original, &layers), &original, &layers);
        }
    }
    let own = pruned(prune, layers);
    if let Some((quantity, end)) = prune.target.and_then(Target::budget) {
        let before = asked.left_of(quantity).filter(|before| *before < end.share())?;
        let (share, name, before) = (real(end.share()), quantity.name(), real(short(before)));
        let message = format!("{share} of the {quantity} are more than `{}` has left: {before}", prune.from);
        let help = vec![format!("what is pruned does not come back: say {before} or less")];
        return Some(Mistake::value(&format!("{path}.target.{name}"), message, help));
    }
    let last = prune.request(asked.start(), prune.schedule.rounds(), &original, &own);
    let shortfall = asked.shortfall(&last, &original, &own)?;
    let [asked, before] = [shortfall.asked, shortfall.before].map(short);
    let key = if prune.target.is_some() { "target.sparsity" } else { "allocation.layers" };
    let message = format!("{asked} is less than `{}` has removed of these layers: {before}", prune.from);
    let help = format!("what is pruned does not come back: say {before} or more");
    Some(Mistake::value(&format!("{path}.{key}"), message, vec![help]))
}

/// The layers that `prune` may prune.
pub(super) fn pruned(prune: &Prune, layers: &[LayerCost]) -> Vec<LayerCost> {
    let names: Vec<String> = layers.iter().map(|layer| layer.name.clone()).collect();
    let selected = prune.layers.select(&names);
    layers.iter().filter(|layer| selected.contains(&layer.name)).cloned().collect()
}

/// A share to four decimals, without zeros at its end.
fn short(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}
