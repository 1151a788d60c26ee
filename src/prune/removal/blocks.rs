//! Residual blocks.

use super::UnitScoring;
use super::tally::Tally;
use crate::model::{Block, Cost, Graph, Slice};
use crate::prune::goal::Goal;
use crate::prune::{Masks, PruneError, Scores};

/// The network of `graph` without its least important blocks, as many as it takes to meet `goals`. A block is
/// scored by all kept weights of its layers; one with a layer that is not scored stays.
pub(super) fn remove(
    graph: &Graph,
    masks: &Masks,
    (scores, scoring): (&Scores, UnitScoring),
    goals: &[Goal<'_>],
) -> Result<(Graph, Slice), PruneError> {
    let cost = Cost::of(graph);
    let mut tally = Tally::of(&cost, masks);
    let blocks = graph.blocks();
    let is_scored = |layer: &str| scores.0.contains_key(layer);
    let free: Vec<&Block> = blocks.iter().filter(|block| is_free(graph, block, is_scored)).collect();
    let mut ranking: Vec<(f32, &Block)> =
        scored(graph, masks, (scores, scoring), &free).into_iter().zip(free.iter().copied()).collect();
    ranking.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut gone = Vec::new();
    for goal in goals {
        for &(score, block) in &ranking {
            if tally.meets(goal, score) {
                break;
            }
            if gone.contains(&block) {
                continue;
            }
            gone.push(block);
            for &node in &block.inner {
                let slots = &graph.slots()[graph.nodes()[node].slots.clone()];
                let learned = slots.iter().filter(|slot| slot.role.is_learned());
                if graph.nodes()[node].op.is_prunable() {
                    let layer = tally.layer(graph, node);
                    tally.kept[layer] = 0;
                    tally.others -= learned.skip(1).map(|bias| bias.size() as u64).sum::<u64>();
                } else {
                    tally.others -= learned.map(|slot| slot.size() as u64).sum::<u64>();
                }
            }
        }
    }
    tally.check_reached(goals)?;
    let small = graph.without_blocks(&gone).expect("a block's shortcut has the shape of its sum");
    Ok((small, Slice::of_blocks(graph, &gone)))
}

/// The layers of a block, by name.
fn layers<'a>(graph: &'a Graph, block: &'a Block) -> impl Iterator<Item = &'a String> {
    let nodes = block.inner.iter().map(|&node| &graph.nodes()[node]);
    nodes.filter(|node| node.op.is_prunable()).map(|node| &node.name)
}

pub(super) fn is_free(graph: &Graph, block: &Block, is_pruned: impl Fn(&str) -> bool) -> bool {
    layers(graph, block).all(|layer| is_pruned(layer))
}

/// The network of `graph` without all blocks that may go.
pub(super) fn smallest(graph: &Graph, is_pruned: impl Fn(&str) -> bool) -> Graph {
    let blocks = graph.blocks();
    let free: Vec<&Block> = blocks.iter().filter(|block| is_free(graph, block, &is_pruned)).collect();
    graph.without_blocks(&free).expect("a block's shortcut has the shape of its sum")
}

/// A score for each of `blocks`.
fn scored(
    graph: &Graph,
    masks: &Masks,
    (scores, scoring): (&Scores, UnitScoring),
    blocks: &[&Block],
) -> Vec<f32> {
    let weights = blocks.iter().enumerate().flat_map(|(unit, block)| {
        layers(graph, block).flat_map(move |layer| {
            let mask = masks.0.get(layer);
            let is_kept = move |place: usize| mask.is_none_or(|mask| mask.is_kept(place));
            let kept = scores.0[layer].iter().enumerate().filter(move |(place, _)| is_kept(*place));
            kept.map(move |(_, score)| (unit, *score))
        })
    });
    scoring.reduction.scores(blocks.len(), weights).0
}
