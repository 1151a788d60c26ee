//! Units that can be removed, one by one: for importances that score a unit as a whole.

use super::{Removal, blocks};
use crate::model::{Block, ChannelGroup, Graph, NodeId, Slice};
use std::ops::Range;
use std::rc::Rc;

/// A unit that can be removed by itself.
#[derive(Clone, Debug)]
pub(in crate::prune) enum Removable {
    Channel { group: Rc<ChannelGroup>, channel: usize },
    Block(Block),
}

impl Removal {
    /// What can be removed of `graph` where these layers are pruned: channels by their groups, or blocks.
    pub fn removables(self, graph: &Graph, is_pruned: impl Fn(&str) -> bool) -> Vec<Removable> {
        match self {
            Self::Channels(_) => {
                let groups = graph.channel_groups().into_iter().filter(|group| group.channels > 1);
                let free = groups.filter(|group| group.can_shrink(graph, &is_pruned)).map(Rc::new);
                let channels = |group: Rc<ChannelGroup>| {
                    (0..group.channels)
                        .map(move |channel| Removable::Channel { group: Rc::clone(&group), channel })
                };
                free.flat_map(channels).collect()
            }
            Self::Blocks => {
                let free =
                    graph.blocks().into_iter().filter(|block| blocks::is_free(graph, block, &is_pruned));
                free.map(Removable::Block).collect()
            }
        }
    }
}

impl Removable {
    /// The layers that give it, in node order, each with those of its weights that do.
    pub fn weights<'a>(&self, graph: &'a Graph) -> Vec<(&'a str, Range<usize>)> {
        let slot = |layer: NodeId| &graph.slots()[graph.nodes()[layer].slots.start];
        let name = |layer: NodeId| &*graph.nodes()[layer].name;
        match self {
            Self::Channel { group, channel } => {
                let of_layer = |layer| {
                    let size = group.width(graph, layer) * slot(layer).fan_in();
                    (name(layer), channel * size..(channel + 1) * size)
                };
                group.layers(graph).map(of_layer).collect()
            }
            Self::Block(block) => {
                let layers = block.inner.iter().filter(|&&node| graph.nodes()[node].op.is_prunable());
                layers.map(|&layer| (name(layer), 0..slot(layer).size())).collect()
            }
        }
    }

    /// The network of `graph` without it.
    pub fn without(&self, graph: &Graph) -> (Graph, Slice) {
        match self {
            Self::Channel { group, channel } => {
                let others = (0..group.channels).filter(|other| other != channel).collect();
                let kept = [(&**group, others)];
                let small = graph.with_channels(&kept).expect("channels of a group go together");
                (small, Slice::of_channels(graph, &kept))
            }
            Self::Block(block) => {
                let small =
                    graph.without_blocks(&[block]).expect("a block's shortcut has the shape of its sum");
                (small, Slice::of_blocks(graph, &[block]))
            }
        }
    }
}
