//! Targets that cannot be reached whatever the scores are.

use super::Sections;
use super::chain::Chain;
use super::networks::graph;
use super::sparsity::pruned;
use crate::format::{grouped, real};
use crate::model::{Cost, Graph};
use crate::prune::allocation::Site;
use crate::prune::{Amount, AskedSparsity, LeftShare, Quantity, Request, Spread, Start, Target};
use crate::spec::Prune;
use crate::spec::check::Mistake;

/// A target of `prune`, the last stage of `chain`, that its network cannot reach. All stages of the chain say how
/// far they go.
pub(super) fn mistake(sections: &Sections, path: &str, chain: &Chain<'_>, prune: &Prune) -> Option<Mistake> {
    let graph = graph(sections, chain.train)?.ok()?;
    let cost = Cost::of(&graph);
    match prune.target.and_then(Target::budget) {
        Some((quantity, share)) => budget(path, chain, &cost, quantity, share),
        None if chain.before().is_empty() => spread(path, &graph, &cost, prune),
        None => None,
    }
}

/// A budget that is less than what no stage of the chain may prune.
fn budget(
    path: &str,
    chain: &Chain<'_>,
    cost: &Cost,
    quantity: Quantity,
    share: LeftShare,
) -> Option<Mistake> {
    let (losing, spared): (Vec<_>, Vec<_>) = cost.layers.iter().partition(|layer| {
        let name = [layer.name.clone()];
        chain.prunes().iter().any(|prune| !prune.layers.select(&name).is_empty())
    });
    let whole = quantity.of_original(cost);
    let fixed = whole - losing.iter().map(|layer| quantity.of_weight(layer) * layer.weights).sum::<u64>();
    let left = share.of(whole);
    if left >= fixed {
        return None;
    }
    let [left, all, fixed_count] = [left, whole, fixed].map(grouped);
    let message = format!("{left} of {all} {quantity} may be left, but {fixed_count} cannot be pruned");
    let others = (quantity == Quantity::Parameters).then(|| "biases and norms".to_owned());
    let spared = spared.iter().map(|layer| format!("`{}`", layer.name));
    let spared = spared.chain(others).collect::<Vec<_>>().join(", ");
    // Up to four decimals, so that it is enough.
    let least = (fixed as f64 / whole as f64 * 1e4).ceil() / 1e4;
    let help = vec![format!("not pruned: {spared}"), format!("say {} or more", real(least))];
    Some(Mistake::value(&format!("{path}.target.{}", quantity.name()), message, help))
}

/// A sparsity for which a rule of allocation would have to take what it spares.
fn spread(path: &str, graph: &Graph, cost: &Cost, prune: &Prune) -> Option<Mistake> {
    let layers = pruned(prune, &cost.layers);
    let (mut asked, mut rule) = (AskedSparsity::dense(), None);
    for round in 1..=prune.schedule.rounds() {
        let request = prune.request(Start::Dense, round, cost, &layers);
        let Request::Spread { by, .. } = request else { return None };
        rule = Some(by);
        asked = asked.after(&request, cost, &layers);
    }
    let by: Spread = rule?;
    let share = asked.share(&layers);
    let total = layers.iter().map(|layer| layer.weights).sum();
    let left = Amount::To(share).left(total, total);
    let names = layers.iter().map(|layer| &*layer.name);
    let least = by.kept(&Site::of(graph, &cost.layers, names, |layer| layer.weights), left).err()?;
    let [left, least_count, all] = [left, least, total].map(grouped);
    let message = format!("{left} of {all} weights would be left, and this allocation spares {least_count}");
    // Down to four decimals, so that it can be met.
    let most = ((1.0 - least as f64 / total as f64) * 1e4).floor() / 1e4;
    let help = vec![
        "`uniform-plus` keeps the first layer dense and a fifth of the last".to_owned(),
        format!("a sparsity of {} can be reached; `erk` and `global` go further", real(most)),
    ];
    Some(Mistake::value(&format!("{path}.allocation"), message, help))
}
