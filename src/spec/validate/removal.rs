//! Prune stages that remove channels or residual blocks.

use super::Sections;
use super::chain::Chain;
use super::networks::graph;
use super::shares::{self, named};
use super::sparsity::pruned;
use crate::model::{ChannelGroup, Cost, Graph};
use crate::prune::{
    Allocation, Amount, AskedSparsity, Granularity, Normalizer, PruneError, Pruning, Request, Schedule, Start,
};
use crate::spec::Prune;
use crate::spec::check::Mistake;

/// Settings of channels, where none are removed; and those of single layers, where blocks are.
pub(super) fn settings(path: &str, prune: &Prune) -> Vec<Mistake> {
    let of_channels = [("round-to", prune.round_to), ("min-per-layer", prune.min_per_layer)];
    let said = of_channels.into_iter().filter(|(_, said)| said.is_some());
    let alone = said.filter(|_| prune.granularity != Granularity::Channel).map(|(key, _)| {
        let message = "it counts channels, and what is removed here are not channels";
        let help = vec!["leave it out, or say `granularity = \"channel\"`".to_owned()];
        Mistake::key(&format!("{path}.{key}"), message, help)
    });
    let spread =
        (prune.granularity == Granularity::Layer && prune.allocation != Allocation::Global).then(|| {
            let message = "a residual block is removed as a whole, so no layer gives a share of its weights";
            Mistake::key(&format!("{path}.allocation"), message, vec!["leave it out".to_owned()])
        });
    let normalized = (prune.granularity == Granularity::Layer && prune.normalization != Normalizer::None)
        .then(|| {
            let message = "residual blocks are of several layers, and scores are normalized within a layer";
            Mistake::key(&format!("{path}.normalization"), message, vec!["leave it out".to_owned()])
        });
    let removes = matches!(prune.granularity, Granularity::Channel | Granularity::Layer);
    let name = if prune.granularity == Granularity::Layer { "layer" } else { "channel" };
    let gone = |key: &str, message: &str, help: &str| {
        let help = vec![help.to_owned(), "or leave `granularity` out".to_owned()];
        Mistake::key(
            &format!("{path}.{key}"),
            format!("{message}, and `granularity = \"{name}\"` removes"),
            help,
        )
    };
    let lamp = (removes && prune.allocation == Allocation::Lamp).then(|| {
        gone("allocation", "LAMP ranks the single weights of a layer", "say `allocation = \"global\"`")
    });
    let control = (removes && !prune.masks.is_default()).then(|| {
        gone(
            "masks",
            "shuffled and inverted masks are controls of what is masked",
            "controls of a removal are `importance = \"random\"` and `recover.weights = \"reinitialized\"`",
        )
    });
    let plus = prune.granularity == Granularity::Channel && prune.allocation == Allocation::UniformPlus;
    let plus = plus.then(|| {
        gone(
            "allocation",
            "`uniform-plus` keeps the first layer dense, which loses channels with others of its group",
            "say `allocation = \"uniform\"`, or `layers.exclude` with all layers of that group",
        )
    });
    let cubic = (removes && matches!(prune.schedule, Schedule::Cubic(_))).then(|| {
        gone(
            "schedule",
            "a cubic schedule masks weights while the network trains",
            "say `schedule.linear`: rounds of removal, each with a recovery",
        )
    });
    alone.chain(spread).chain(normalized).chain(lamp).chain(plus).chain(control).chain(cubic).collect()
}

/// Layers that cannot lose channels or blocks as the stage would have it.
pub(super) fn mistakes(sections: &Sections, path: &str, chain: &Chain<'_>, prune: &Prune) -> Vec<Mistake> {
    let Some(Ok(graph)) = graph(sections, chain.train) else { return Vec::new() };
    let layers = prune.layers.select(&graph.prunable());
    match prune.granularity {
        Granularity::Weight | Granularity::Block(_) | Granularity::NOfM(_) => Vec::new(),
        Granularity::Channel | Granularity::Layer if layers.is_empty() => Vec::new(),
        Granularity::Channel => {
            let groups = graph.channel_groups();
            let split: Vec<Mistake> =
                groups.iter().filter_map(|group| split(path, &graph, group, &layers, prune)).collect();
            let unmet = shares::mistakes(path, &graph, &groups, &layers, prune);
            if split.is_empty() {
                nothing_to_remove(path, &graph, prune).into_iter().chain(unmet).collect()
            } else {
                split.into_iter().chain(unmet).collect()
            }
        }
        Granularity::Layer if graph.blocks().is_empty() => {
            let message =
                "the network has no residual block with an identity shortcut, so none can be removed";
            let help = vec!["blocks that keep the size of the image, as in a `resnet`, can be".to_owned()];
            vec![Mistake::value(&format!("{path}.granularity"), message, help)]
        }
        Granularity::Layer => nothing_to_remove(path, &graph, prune).into_iter().collect(),
    }
}

/// A group of which some output layers are pruned and others are not.
fn split(
    path: &str,
    graph: &Graph,
    group: &ChannelGroup,
    layers: &[String],
    prune: &Prune,
) -> Option<Mistake> {
    let names = group.layers(graph).map(|layer| &graph.nodes()[layer].name);
    let (pruned, excluded): (Vec<&String>, Vec<&String>) = names.partition(|name| layers.contains(name));
    let ([one, ..], [other, ..], None) = (&pruned[..], &excluded[..], group.fixed) else { return None };
    let message = format!(
        "channel pruning of an excluded layer's partner: `{one}` loses its channels together with `{other}`, which \
         is not pruned"
    );
    let help = vec![
        format!("exclude {} too, or prune {} too", named(&pruned), named(&excluded)),
        "`niwaki plan --explain-groups FILE` shows which layers lose channels together".to_owned(),
    ];
    let list = if prune.layers.exclude.is_empty() { "layers.include" } else { "layers.exclude" };
    Some(Mistake::value(&format!("{path}.{list}"), message, help))
}

/// A stage whose layers have nothing that can be removed.
fn nothing_to_remove(path: &str, graph: &Graph, prune: &Prune) -> Option<Mistake> {
    let (pruning, has_filter) = (pruning(graph, prune), prune.layers != Default::default());
    pruning.smallest(graph).is_none().then(|| {
        let (message, help) = match prune.granularity {
            Granularity::Layer => (
                "no residual block has all its layers among those that are pruned",
                "`layers` must leave every layer of a block",
            ),
            Granularity::Channel | Granularity::Weight | Granularity::Block(_) | Granularity::NOfM(_) => (
                "no layer that is pruned has a channel that can be removed",
                "logits stay, and so do `min-per-layer` channels, in multiples of `round-to`",
            ),
        };
        let key = if has_filter { "layers" } else { "granularity" };
        Mistake::value(&format!("{path}.{key}"), message, vec![help.to_owned()])
    })
}

/// A target that removing all that may go does not reach. After other stages less may be there already, and
/// only the run can say.
pub(super) fn out_of_reach(
    sections: &Sections,
    path: &str,
    chain: &Chain<'_>,
    prune: &Prune,
) -> Option<Mistake> {
    let graph = graph(sections, chain.train)?.ok()?;
    if !chain.before().is_empty() || prune.granularity == Granularity::Layer && graph.blocks().is_empty() {
        return None;
    }
    let pruning = pruning(&graph, prune);
    let error = pruning.out_of_reach(&graph)?;
    let PruneError::OutOfReach { quantity, left, fixed } = error else { return None };
    let (asked, of) = match (&prune.target, &prune.allocation) {
        (_, Allocation::Layers(_)) => ("allocation", " of the layers in the table"),
        (Some(_), _) => ("target", ""),
        (None, _) => ("schedule", ""),
    };
    let least = prune.limits().fewest(usize::MAX);
    let smallest = match prune.granularity {
        Granularity::Layer => "without every residual block".to_owned(),
        Granularity::Channel | Granularity::Weight | Granularity::Block(_) | Granularity::NOfM(_) => {
            format!("with {least} channel{} in each layer", if least == 1 { "" } else { "s" })
        }
    };
    let message =
        format!("at most {left} {quantity}{of} shall be left, and {smallest} there still are {fixed}");
    let help = vec![format!("ask for less: {fixed} {quantity} or more can be left")];
    Some(Mistake::key(&format!("{path}.{asked}"), message, help))
}

/// What the last round asks for, of a network that no stage has pruned before.
fn pruning(graph: &Graph, prune: &Prune) -> Pruning {
    let layers = prune.layers.select(&graph.prunable());
    let original = Cost::of(graph);
    let costs = pruned(prune, &original.layers);
    let says_how_far = match prune.target {
        // An allocation that divides a sparsity can aim at nothing else.
        Some(target) if target.search().is_some() => false,
        Some(target) => target.sparsity().is_some() || prune.allocation.ranks_all_layers(),
        None => !prune.schedule.needs_target() || matches!(prune.allocation, Allocation::Layers(_)),
    };
    let request = |round| prune.request(Start::Dense, round, &original, &costs);
    let asked = || {
        let rounds = 1..=prune.schedule.rounds();
        rounds.fold(AskedSparsity::dense(), |asked, round| asked.after(&request(round), &original, &costs))
    };
    let request = match says_how_far && !costs.is_empty() {
        false => Request::Overall(Amount::To(0.0)),
        true => match request(prune.schedule.rounds()) {
            Request::Overall(_) | Request::Spread { .. } | Request::Scan { .. } => {
                Request::Overall(Amount::To(asked().share(&costs)))
            }
            Request::Layers(amounts) => {
                let asked = asked();
                let to = |name: String| {
                    let layer: Vec<_> = costs.iter().filter(|layer| layer.name == name).cloned().collect();
                    (name, Amount::To(asked.share(&layer)))
                };
                Request::Layers(amounts.into_iter().map(|(name, _)| to(name)).collect())
            }
            last @ (Request::Budget { .. } | Request::Threshold(_) | Request::Groups { .. }) => last,
        },
    };
    prune.pruning(request, layers.into())
}
