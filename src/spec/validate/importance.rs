//! Importances that look at what the network does not have.

use super::Sections;
use super::chain::Chain;
use super::networks::graph;
use crate::prune::Granularity;
use crate::spec::Prune;
use crate::spec::check::Mistake;

/// Layers without a batch norm that are to be scored by its scale.
pub(super) fn mistake(sections: &Sections, path: &str, prune: &Prune) -> Option<Mistake> {
    if !prune.importance.needs_batch_norm() {
        return None;
    }
    let graph = graph(sections, Chain::to(sections, prune)?.train)?.ok()?;
    let (groups, blocks) = (graph.channel_groups(), graph.blocks());
    // Whether its score decides what goes.
    let is_scored = |layer: &String| {
        let layer = graph.node(layer).expect("it is a layer of the network");
        match prune.granularity {
            Granularity::Weight | Granularity::Block(_) | Granularity::NOfM(_) => true,
            Granularity::Channel => {
                groups.iter().any(|group| group.fixed.is_none() && group.nodes.contains(&layer))
            }
            Granularity::Layer => blocks.iter().any(|block| block.inner.contains(&layer)),
        }
    };
    let layers = prune.layers.select(&graph.prunable()).into_iter().filter(is_scored);
    let (scored, others): (Vec<_>, Vec<_>) = layers.partition(|layer| graph.batch_norm_of(layer).is_some());
    let (message, help) = match (scored.is_empty(), others.is_empty()) {
        (_, true) => return None,
        (true, false) => {
            let help = "choose another importance, or a network with batch norm".to_owned();
            ("no batch norm is behind any layer of the stage".to_owned(), help)
        }
        (false, false) => {
            let quoted = |quote: &str| {
                let names = others.iter().map(|layer| format!("{quote}{layer}{quote}"));
                names.collect::<Vec<_>>().join(", ")
            };
            let help = format!("leave such layers out: `layers.exclude = [{}]`", quoted("\""));
            (format!("no batch norm is behind {}", quoted("`")), help)
        }
    };
    Some(Mistake::value(&format!("{path}.importance"), message, vec![help]))
}
