//! Pruning by removal: scores, removes, and slices all that a network has.

use super::{Removal, UnitScoring, blocks, channels};
use crate::model::{Cost, Graph, Slice, Trained, Weights, weight_name};
use crate::prune::goal::Goal;
use crate::prune::importance::Assessment;
use crate::prune::{Mask, Masks, PruneError, Pruned, Request};
use std::sync::Arc;

/// Prunes the `layers` of `network` by `removal`, with units that are scored by `scoring`, until `request` is met,
/// in `passes` scoring passes of which `assess` gives scores and correction.
/// `origin` is what the network costs that the first pruning began with: its weights are the whole of which a
/// request asks for shares.
pub(in crate::prune) fn remove_in_passes(
    (removal, scoring): (Removal, UnitScoring),
    (request, layers): (&Request, &[String]),
    passes: u32,
    (network, masks): (Trained, Masks),
    origin: &Cost,
    assess: impl Fn(&Trained, &Masks) -> Result<Assessment, PruneError>,
) -> Result<Pruned, PruneError> {
    let cost = Cost::of(network.graph());
    let goals = request.goals((network.graph(), &cost), layers, origin, &masks)?;
    let mut pruned = Pruned { network, masks, slice: Slice::default(), scan: Vec::new() };
    for pass in 1..=passes {
        let Assessment { scores, correction } = assess(&pruned.network, &pruned.masks)?;
        let (graph, mut weights) = pruned.network.into_parts();
        let goals: Vec<Goal<'_>> = goals.iter().map(|goal| goal.after(pass, passes)).collect();
        let (small, slice) = match removal {
            Removal::Channels(limits) => {
                channels::remove(&graph, &pruned.masks, (&scores, scoring), limits, &goals)?
            }
            Removal::Blocks => blocks::remove(&graph, &pruned.masks, (&scores, scoring), &goals)?,
        };
        if let Some(correct) = correction {
            let masks = masks_of(&slice, &graph, &pruned.masks, scores.0.keys());
            correct(&mut weights, &masks);
            masks.apply(&mut weights);
        }
        pruned = sliced((&graph, weights, pruned.masks), small, &slice, pruned.slice);
    }
    Ok(pruned)
}

/// The smaller network, once `slice` was taken after what was sliced `before`.
fn sliced(
    (graph, weights, masks): (&Graph, Weights, Masks),
    small: Graph,
    slice: &Slice,
    before: Slice,
) -> Pruned {
    let network = Trained::new(Arc::new(small), slice.weights(&weights));
    Pruned {
        network: network.expect("the slice leads to the smaller graph"),
        masks: masks.sliced(graph, slice),
        slice: before.then(slice),
        scan: Vec::new(),
    }
}

/// `masks`, of `layers` all, without the weights that `slice` does not keep.
fn masks_of<'a>(
    slice: &Slice,
    graph: &Graph,
    masks: &Masks,
    layers: impl Iterator<Item = &'a String>,
) -> Masks {
    let mut next = masks.clone();
    for layer in layers {
        let shape = &graph.slots()[graph.weight_of(layer).expect("scored layers are prunable")].shape;
        let places: Vec<usize> = (0..shape.iter().product()).collect();
        let left = slice.values(&weight_name(layer), shape, &places);
        let mut is_left = vec![false; places.len()];
        left.into_iter().flat_map(|(_, left)| left).for_each(|place| is_left[place] = true);
        let mask = masks.0.get(layer);
        let is_kept = |place: usize| is_left[place] && mask.is_none_or(|mask| mask.is_kept(place));
        next.0.insert(layer.clone(), places.into_iter().map(is_kept).collect::<Mask>());
    }
    next
}
