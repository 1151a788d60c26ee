//! Channels, with all that goes with them.

use super::counts::Counts;
use super::{ChannelLimits, ScoredBy, UnitScoring};
use crate::model::{ChannelGroup, Cost, Graph, Slice};
use crate::prune::goal::{End, Goal, Scope};
use crate::prune::{Masks, PruneError, Scores};

/// The network of `graph` without its least important channels, as many as it takes to meet `goals`.
///
/// A unit is a channel of a [`ChannelGroup`], or as many as it takes to the next number that `limits` allow. It
/// is scored by the kept weights that go with it and have scores: those that give the channel, in every layer of
/// the group, and, where `scoring` says so, those that take it, in every layer behind (as the group importance of
/// Fang et al., 2023, does). A group with an output layer that has no scores stays as it is. Equal scores go by
/// group, then by channel.
pub(super) fn remove(
    graph: &Graph,
    masks: &Masks,
    (scores, scoring): (&Scores, UnitScoring),
    limits: ChannelLimits,
    goals: &[Goal<'_>],
) -> Result<(Graph, Slice), PruneError> {
    let (cost, groups) = (Cost::of(graph), graph.channel_groups());
    let mut counts = Counts::new(graph, &cost, &groups, masks);
    let is_scored = |layer: &str| scores.0.contains_key(layer);
    let free: Vec<usize> = (0..groups.len()).filter(|&id| groups[id].can_shrink(graph, is_scored)).collect();
    let queues: Vec<Vec<Unit>> =
        free.iter().map(|&id| units(graph, id, &groups[id], masks, (scores, scoring), limits)).collect();
    let (of_layers, of_all): (Vec<&Goal<'_>>, Vec<&Goal<'_>>) =
        goals.iter().partition(|goal| matches!(goal.scope, Scope::Layer(_)));
    if !of_layers.is_empty() {
        remove_evenly(graph, &mut counts, &queues, &of_layers);
    }
    for goal in of_all {
        let mut ranking: Vec<&Unit> = queues.iter().flatten().collect();
        ranking.sort_by(|one, other| one.score.total_cmp(&other.score));
        for unit in ranking {
            if counts.tally.meets(goal, unit.score) {
                break;
            }
            unit.channels.iter().for_each(|&channel| counts.remove(unit.group, channel));
        }
    }
    counts.tally.check_reached(goals)?;
    let kept: Vec<_> = free.iter().map(|&id| (&groups[id], counts.left(id))).collect();
    let small = graph.with_channels(&kept).expect("channels of a group go together");
    Ok((small, Slice::of_channels(graph, &kept)))
}

/// The network of `graph` with as few channels as `limits` allow, in the groups that may lose some.
pub(super) fn smallest(graph: &Graph, is_pruned: impl Fn(&str) -> bool, limits: ChannelLimits) -> Graph {
    let groups = graph.channel_groups();
    let free = groups.iter().filter(|group| group.can_shrink(graph, &is_pruned));
    let fewest: Vec<_> = free.map(|group| (group, (0..limits.fewest(group.channels)).collect())).collect();
    graph.with_channels(&fewest).expect("channels of a group go together")
}

/// Channels of one group that go at once.
#[derive(Debug)]
struct Unit {
    score: f32,
    group: usize,
    channels: Vec<usize>,
}

/// The units of the group `id` but those that always stay, the least important first. Each leaves a number of channels that `limits` allow,
/// once those before it are gone.
fn units(
    graph: &Graph,
    id: usize,
    group: &ChannelGroup,
    masks: &Masks,
    (scores, scoring): (&Scores, UnitScoring),
    limits: ChannelLimits,
) -> Vec<Unit> {
    let single: Vec<usize> = (0..group.channels).collect();
    let of_channels = scored(graph, group, masks, (scores, scoring), &single);
    let mut ranking = single;
    ranking.sort_by(|&one, &other| of_channels[one].total_cmp(&of_channels[other]));
    let steps: Vec<usize> = limits.steps(group.channels).collect();
    let gone = |left: usize| group.channels - left;
    let parts: Vec<Vec<usize>> =
        steps.windows(2).map(|step| ranking[gone(step[0])..gone(step[1])].to_vec()).collect();
    let scores: Vec<f32> = if parts.iter().all(|channels| channels.len() == 1) {
        ranking.iter().map(|&channel| of_channels[channel]).collect()
    } else {
        let mut unit_of = vec![parts.len(); group.channels];
        for (unit, channels) in parts.iter().enumerate() {
            channels.iter().for_each(|&channel| unit_of[channel] = unit);
        }
        scored(graph, group, masks, (scores, scoring), &unit_of)
    };
    // The scores are those of all units, so that what always stays counts for the others' normalization.
    let there: Vec<(bool, f32)> = scores.into_iter().map(|score| (true, score)).collect();
    let mut least = f32::NEG_INFINITY;
    // A sum of negative scores falls with the number of channels, and the units of a group go in their order.
    let in_order = |score: f32| {
        least = least.max(score);
        least
    };
    let scores = scoring.normalization.normalized(&there, 1).into_iter().map(in_order);
    parts.into_iter().zip(scores).map(|(channels, score)| Unit { score, group: id, channels }).collect()
}

/// A score for each unit of a group, where channel c is of the unit `unit_of[c]`.
fn scored(
    graph: &Graph,
    group: &ChannelGroup,
    masks: &Masks,
    (scores, scoring): (&Scores, UnitScoring),
    unit_of: &[usize],
) -> Vec<f32> {
    let given = group.layers(graph).map(|layer| (layer, 0, group.width(graph, layer)));
    let readers = match scoring.by {
        ScoredBy::All => &*group.readers,
        ScoredBy::Giving => &[],
    };
    let taken = readers.iter().map(|&layer| {
        let input = graph.nodes()[layer].inputs[0];
        (layer, 1, group.width(graph, input))
    });
    let weights = given.chain(taken).flat_map(|(layer, axis, width)| {
        let name = &graph.nodes()[layer].name;
        let shape = &graph.slots()[graph.nodes()[layer].slots.start].shape;
        let (inner, size) = (shape[axis + 1..].iter().product::<usize>(), shape[axis]);
        let mask = masks.0.get(name);
        let is_kept = move |place: usize| mask.is_none_or(|mask| mask.is_kept(place));
        let of_layer = scores.0.get(name).into_iter().flatten().enumerate();
        of_layer.filter(move |(place, _)| is_kept(*place)).map(move |(place, score)| {
            let channel = place / inner % size / width;
            (unit_of[channel], *score)
        })
    });
    let units = unit_of.iter().max().map_or(0, |last| last + 1);
    scoring.reduction.scores(units, weights).0
}

/// Removes units until each layer of `goals` has at most what it shall have left, or can lose no more channels; and
/// then, of the same groups, until all these layers together do. The group that has lost the smallest share of its
/// channels is next, so that where all layers are asked for the same share, all lose the same share of their
/// channels but for rounding.
fn remove_evenly(graph: &Graph, counts: &mut Counts<'_>, queues: &[Vec<Unit>], goals: &[&Goal<'_>]) {
    let left = |goal: &Goal<'_>| match goal.end {
        End::Left { left, .. } => Some(left),
        End::Below(_) => None,
    };
    // For each queue, the layers whose outputs go, and what shall be left of them.
    let asked = |queue: &Vec<Unit>| -> Vec<(usize, u64)> {
        let group = queue.first().map(|unit| &counts.groups[unit.group]);
        let layers = group.into_iter().flat_map(|group| group.layers(graph));
        let of_layer = |node: usize| {
            let name = &graph.nodes()[node].name;
            let goal = goals.iter().find(|goal| goal.scope == Scope::Layer(name))?;
            Some((counts.tally.layer(graph, node), left(goal)?))
        };
        layers.filter_map(of_layer).collect()
    };
    let asked: Vec<_> = queues.iter().map(asked).collect();
    let is_meant = |name: &str| goals.iter().any(|goal| goal.scope == Scope::Layer(name));
    let layers = counts.tally.cost.layers.iter().enumerate();
    let meant: Vec<usize> =
        layers.filter(|(_, layer)| is_meant(&layer.name)).map(|(place, _)| place).collect();
    let left_together: u64 = goals.iter().filter_map(|goal| left(goal)).sum();
    let mut next = vec![0; queues.len()];
    let mut lost = vec![0; queues.len()];
    loop {
        let kept = &counts.tally.kept;
        let is_missed = |&(layer, left): &(usize, u64)| kept[layer] > left;
        let has_more = |&queue: &usize| next[queue] < queues[queue].len() && !asked[queue].is_empty();
        let mut open: Vec<usize> = (0..queues.len()).filter(has_more).collect();
        if open.iter().any(|&queue| asked[queue].iter().any(is_missed)) {
            open.retain(|&queue| asked[queue].iter().any(is_missed));
        } else if meant.iter().map(|&layer| kept[layer]).sum::<u64>() <= left_together {
            return;
        }
        let share = |queue: usize| lost[queue] as f64 / counts.groups[queues[queue][0].group].channels as f64;
        let first = open.into_iter().min_by(|&one, &other| share(one).total_cmp(&share(other)));
        let Some(queue) = first else { return };
        let unit = &queues[queue][next[queue]];
        unit.channels.iter().for_each(|&channel| counts.remove(unit.group, channel));
        lost[queue] += unit.channels.len();
        next[queue] += 1;
    }
}
