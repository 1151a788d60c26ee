//! What goes with a channel.

use super::tally::Tally;
use crate::model::{ChannelGroup, Cost, Graph};
use crate::prune::Masks;

/// Kept weights of each layer by the channels that they give and take, so that removing a channel is counted
/// exactly, whatever was masked and removed before.
pub(super) struct Counts<'a> {
    pub tally: Tally<'a>,
    pub groups: &'a [ChannelGroup],
    /// Whether each channel of each group is left.
    is_left: Vec<Vec<bool>>,
    /// Biases, norm scales and shifts that go with a channel of each group.
    others: Vec<u64>,
    /// In the order of the tally.
    layers: Vec<LayerCounts>,
}

/// Kept weights of one layer, for each channel of its output and each of its input.
struct LayerCounts {
    output: usize,
    /// `None` for a grouped convolution, of which an output channel takes its inputs along.
    input: Option<usize>,
    columns: usize,
    kept: Vec<u32>,
}

impl<'a> Counts<'a> {
    pub fn new(graph: &Graph, cost: &'a Cost, groups: &'a [ChannelGroup], masks: &Masks) -> Self {
        let mut group_of = vec![0; graph.nodes().len()];
        for (id, group) in groups.iter().enumerate() {
            group.nodes.iter().for_each(|&node| group_of[node] = id);
        }
        let others = |group: &ChannelGroup| {
            let slots =
                group.nodes.iter().flat_map(|&node| &graph.slots()[graph.nodes()[node].slots.clone()]);
            let vectors = slots.filter(|slot| slot.role.is_learned() && graph.layer_of(slot).is_none());
            vectors.map(|slot| (slot.size() / group.channels) as u64).sum()
        };
        let layer = |name: &String| {
            let node = graph.node(name).expect("the cost is of the graph");
            let (output, input) = (group_of[node], group_of[graph.nodes()[node].inputs[0]]);
            let input = groups[input].readers.contains(&node).then_some(input);
            let columns = input.map_or(1, |input| groups[input].channels);
            let shape = &graph.slots()[graph.nodes()[node].slots.start].shape;
            let size: usize = shape.iter().product();
            let rows = groups[output].channels;
            let Some(mask) = masks.0.get(name) else {
                let kept = vec![(size / rows / columns) as u32; rows * columns];
                return LayerCounts { output, input, columns, kept };
            };
            let mut kept = vec![0; rows * columns];
            let inputs: usize = shape[1..].iter().product();
            for place in (0..size).filter(|&place| mask.is_kept(place)) {
                kept[place / (size / rows) * columns + place % inputs / (inputs / columns)] += 1;
            }
            LayerCounts { output, input, columns, kept }
        };
        Self {
            tally: Tally::of(cost, masks),
            groups,
            is_left: groups.iter().map(|group| vec![true; group.channels]).collect(),
            others: groups.iter().map(others).collect(),
            layers: cost.layers.iter().map(|cost| layer(&cost.name)).collect(),
        }
    }

    /// The channels of a group that are left.
    pub fn left(&self, group: usize) -> Vec<usize> {
        (0..self.groups[group].channels).filter(|&channel| self.is_left[group][channel]).collect()
    }

    /// Removes a channel of a group, unless it is gone already.
    pub fn remove(&mut self, group: usize, channel: usize) {
        let Self { tally, layers, is_left, .. } = self;
        if !std::mem::replace(&mut is_left[group][channel], false) {
            return;
        }
        tally.others -= self.others[group];
        for (layer, kept) in layers.iter().zip(&mut tally.kept) {
            let at = |row: usize, column: usize| u64::from(layer.kept[row * layer.columns + column]);
            if layer.output == group {
                // What the layer takes from a channel that is gone is gone already; this very channel is not.
                let is_taken = |column: &usize| match layer.input {
                    Some(input) => is_left[input][*column] || input == group && *column == channel,
                    None => true,
                };
                *kept -= (0..layer.columns).filter(is_taken).map(|column| at(channel, column)).sum::<u64>();
            }
            if layer.input == Some(group) {
                let rows = (0..is_left[layer.output].len()).filter(|&row| is_left[layer.output][row]);
                *kept -= rows.map(|row| at(row, channel)).sum::<u64>();
            }
        }
    }
}
