//! What is left of a network's arrays once channels or layers were removed: kept indices along each axis.

use super::blocks::Block;
use super::channels::ChannelGroup;
use super::{Array, Graph, NodeId, Weights};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which values of each array of a larger network are those of a smaller one. Arrays that it does not name are
/// whole in both.
///
/// Weights, masks and optimizer state have the same shape slot by slot, so one slice takes all of them from the
/// larger network to the smaller. Slices of one removal after the other are [composed](Self::then).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// Slots of nodes that are not in the smaller network.
    removed: BTreeSet<String>,
    /// Of other slots, by axis, the indices that are kept, in ascending order; axes that are whole are left out.
    kept: BTreeMap<String, BTreeMap<usize, Vec<usize>>>,
}

impl Slice {
    /// Whether nothing was removed.
    pub fn is_whole(&self) -> bool {
        self.removed.is_empty() && self.kept.is_empty()
    }

    /// The slice of a network of `graph` that leaves the `kept` channels of some of its groups.
    pub fn of_channels(graph: &Graph, kept: &[(&ChannelGroup, Vec<usize>)]) -> Self {
        let mut slice = Self::default();
        for (group, channels) in kept.iter().filter(|(group, kept)| kept.len() < group.channels) {
            let indices = |node: NodeId| -> Vec<usize> {
                let width = group.width(graph, node);
                channels.iter().flat_map(|channel| channel * width..(channel + 1) * width).collect()
            };
            for &node in &group.nodes {
                for slot in &graph.slots()[graph.nodes()[node].slots.clone()] {
                    slice.keep(&slot.name, 0, indices(node));
                }
            }
            for reader in group.readers.iter().map(|&reader| &graph.nodes()[reader]) {
                let weight = &graph.slots()[reader.slots.start];
                slice.keep(&weight.name, 1, indices(reader.inputs[0]));
            }
        }
        slice
    }

    /// The slice of a network of `graph` that removes these of its blocks.
    pub fn of_blocks(graph: &Graph, blocks: &[&Block]) -> Self {
        let nodes = blocks.iter().flat_map(|block| &block.inner).map(|&node| &graph.nodes()[node]);
        let slots = nodes.flat_map(|node| &graph.slots()[node.slots.clone()]);
        Self { removed: slots.map(|slot| slot.name.clone()).collect(), kept: BTreeMap::new() }
    }

    fn keep(&mut self, slot: &str, axis: usize, indices: Vec<usize>) {
        self.kept.entry(slot.to_owned()).or_default().insert(axis, indices);
    }

    /// This slice, and then `next` of what it leaves.
    #[must_use]
    pub fn then(mut self, next: &Self) -> Self {
        for (slot, axes) in &next.kept {
            let before = self.kept.entry(slot.clone()).or_default();
            for (&axis, indices) in axes {
                let of_both = match before.get(&axis) {
                    Some(before) => indices.iter().map(|&index| before[index]).collect(),
                    None => indices.clone(),
                };
                before.insert(axis, of_both);
            }
        }
        self.removed.extend(next.removed.iter().cloned());
        self.kept.retain(|slot, _| !self.removed.contains(slot));
        self
    }

    /// Shape and values that are left of an array of `slot`; `None` where it is removed.
    pub fn values<T: Copy>(&self, slot: &str, shape: &[usize], values: &[T]) -> Option<(Vec<usize>, Vec<T>)> {
        if self.removed.contains(slot) {
            return None;
        }
        let whole = (shape.to_vec(), values.to_vec());
        let axes = self.kept.get(slot).into_iter().flatten();
        Some(axes.fold(whole, |(shape, values), (&axis, kept)| taken(shape, &values, axis, kept)))
    }

    /// What is left of an array of `slot`; `None` where it is removed.
    pub fn array(&self, slot: &str, array: &Array) -> Option<Array> {
        let (shape, values) = self.values(slot, &array.shape, &array.values)?;
        Some(Array { shape, values })
    }

    /// What is left of all weights of a network.
    pub fn weights(&self, weights: &Weights) -> Weights {
        let left =
            weights.0.iter().filter_map(|(slot, array)| Some((slot.clone(), self.array(slot, array)?)));
        Weights(left.collect())
    }
}

/// The values at the `kept` indices along `axis`.
fn taken<T: Copy>(mut shape: Vec<usize>, values: &[T], axis: usize, kept: &[usize]) -> (Vec<usize>, Vec<T>) {
    let inner: usize = shape[axis + 1..].iter().product();
    let rows = values.chunks_exact(shape[axis] * inner);
    let taken = rows.flat_map(|row| kept.iter().flat_map(|&index| &row[index * inner..(index + 1) * inner]));
    let taken = taken.copied().collect();
    shape[axis] = kept.len();
    (shape, taken)
}

#[cfg(test)]
mod tests;
