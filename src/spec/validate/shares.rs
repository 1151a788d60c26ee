//! Shares of single layers, where channels go: layers that give the same channels lose the same of them.

use crate::model::{ChannelGroup, Graph};
use crate::prune::{Allocation, LayerFilter};
use crate::spec::Prune;
use crate::spec::check::Mistake;

/// Shares that no removal of channels can keep to. `layers` are those that the stage prunes.
pub(super) fn mistakes(
    path: &str,
    graph: &Graph,
    groups: &[ChannelGroup],
    layers: &[String],
    prune: &Prune,
) -> Vec<Mistake> {
    let is_pruned = |layer: &str| layers.iter().any(|pruned| pruned == layer);
    let fewest = |group: &ChannelGroup| prune.limits().fewest(group.channels);
    let free: Vec<&ChannelGroup> = groups
        .iter()
        .filter(|group| group.can_shrink(graph, is_pruned) && fewest(group) < group.channels)
        .collect();
    let mut mistakes: Vec<Mistake> =
        free.iter().filter_map(|group| spared(path, graph, group, &prune.allocation)).collect();
    let gives_channels = |layer: &String| {
        let node = graph.node(layer).expect("it is a layer of the network");
        free.iter().any(|group| group.nodes.contains(&node))
    };
    let Allocation::Layers(table) = &prune.allocation else { return mistakes };
    for (glob, _) in table.iter().filter(|(_, share)| share.share() > 0.0) {
        let matching = LayerFilter { include: Some(vec![glob.clone()]), exclude: Vec::new() }.select(layers);
        if matching.is_empty() || matching.iter().any(gives_channels) {
            continue;
        }
        let message = "it gives no channels that can be removed";
        let giving: Vec<&String> = layers.iter().filter(|layer| gives_channels(layer)).collect();
        let help = vec![
            "leave it out: its weights go with the channels that it takes from the layers before".to_owned(),
            "logits stay, and so do `min-per-layer` channels, in multiples of `round-to`".to_owned(),
            format!("layers that give channels: {}", named(&giving)),
        ];
        mistakes.push(Mistake::key(&format!("{path}.allocation.layers.{glob}"), message, help));
    }
    mistakes
}

/// A group of which some layers shall lose channels, and others none.
fn spared(path: &str, graph: &Graph, group: &ChannelGroup, allocation: &Allocation) -> Option<Mistake> {
    let names = group.layers(graph).map(|layer| &graph.nodes()[layer].name);
    let (spared, asked): (Vec<&String>, Vec<&String>) = names.partition(|name| allocation.spares(name));
    let ([_, ..], [one, ..]) = (&spared[..], &asked[..]) else { return None };
    let message =
        format!("`{one}` loses its channels together with {}, of which nothing is asked", named(&spared));
    let help = vec![
        format!("ask {} for a share too, or {} for none", named(&spared), named(&asked)),
        "`niwaki plan --explain-groups FILE` shows which layers lose channels together".to_owned(),
    ];
    Some(Mistake::key(&format!("{path}.allocation"), message, help))
}

/// Some names, and how many more there are.
pub(super) fn named(names: &[&String]) -> String {
    let (shown, more) = names.split_at(names.len().min(4));
    let shown: Vec<String> = shown.iter().map(|name| format!("`{name}`")).collect();
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    format!("{}{more}", shown.join(", "))
}
