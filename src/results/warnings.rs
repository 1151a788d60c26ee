//! What pruning did to layers that a user should know of.

use crate::format::real;
use crate::plan::{Names, Plan};
use crate::run::{Layer, Summary};
use indexmap::IndexMap;

/// How many times less than of the whole network is left of a layer that is warned of.
const THIN: f64 = 20.0;

/// Warnings of layers that are left with nothing, one a network, and of layers that are left with far less than the
/// rest, one a stage.
pub(super) fn of_layers(plan: &Plan, names: &Names, summaries: &[Option<Summary>]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut thin: IndexMap<&str, Vec<Thin>> = IndexMap::new();
    for (id, summary) in summaries.iter().enumerate() {
        let Some(summary) = summary else { continue };
        let emptied: Vec<&str> = summary.measurement.emptied().collect();
        if !emptied.is_empty() {
            warnings.push(format!("{}: pruning left nothing of {}", names.node(id), emptied.join(", ")));
        } else if let Some(thinnest) = thinnest(plan, id, summary) {
            thin.entry(&plan.nodes[id].stage).or_default().push(thinnest);
        }
    }
    for (stage, networks) in thin {
        let Some(worst) = networks.iter().min_by(|a, b| a.relative.total_cmp(&b.relative)) else { continue };
        warnings.push(format!(
            "{stage}: in {} of its networks a layer was left with far less than the others, in {} {} with {} % of its \
             weights: where scores of layers do not compare, `normalization = \"mean\"` makes them",
            networks.len(),
            names.node(worst.node),
            worst.layer,
            real((1e4 * worst.share).round() / 1e2)
        ));
    }
    warnings
}

/// Warnings of stages that should make networks with masks smaller and did not, one a stage.
pub(super) fn of_removals(plan: &Plan, names: &Names, summaries: &[Option<Summary>]) -> Vec<String> {
    let mut whole: IndexMap<&str, Vec<usize>> = IndexMap::new();
    for (id, (node, summary)) in plan.nodes.values().zip(summaries).enumerate() {
        let (Some(round), Some(summary)) = (node.pruned(), summary) else { continue };
        let Some(before) = &summaries[plan.id(round.from)] else { continue };
        let is_masked = before.measurement.layers.iter().any(|layer| layer.nonzero < layer.weights);
        let is_whole = before.measurement.parameters == summary.measurement.parameters;
        if round.pruning.granularity.removes() && is_masked && is_whole {
            whole.entry(&node.stage).or_default().push(id);
        }
    }
    let warning = |(stage, networks): (&str, Vec<usize>)| {
        format!(
            "{stage}: {} of its networks lost nothing, {} among them: with the zeros of masks, which count as gone, no more \
             than was asked for was left before",
            networks.len(),
            names.node(networks[0])
        )
    };
    whole.into_iter().map(warning).collect()
}

/// The layer of a network that is left with least, beside what is left of the network.
struct Thin {
    node: usize,
    layer: String,
    /// Share of the layer's weights that are left.
    share: f64,
    /// The same, by the share of the network's.
    relative: f64,
}

/// The layer of node `id` that is left with least, where that is far less than of the whole network.
fn thinnest(plan: &Plan, id: usize, summary: &Summary) -> Option<Thin> {
    let measurement = &summary.measurement;
    let network = measurement.nonzero as f64 / measurement.prunable as f64;
    let originals = &plan.nodes[id].origin.cost.layers;
    let of_layer = |layer: &Layer| {
        let original = originals.iter().find(|original| original.name == layer.layer)?;
        let share = layer.nonzero as f64 / original.weights as f64;
        Some(Thin { node: id, layer: layer.layer.clone(), share, relative: share / network })
    };
    let thinnest = measurement.layers.iter().filter_map(of_layer);
    thinnest.min_by(|a, b| a.relative.total_cmp(&b.relative)).filter(|thin| thin.relative < 1.0 / THIN)
}
