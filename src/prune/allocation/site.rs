//! A layer as a rule of allocation looks at it.

use crate::model::{Graph, LayerCost};

/// A layer that shall lose weights.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    pub weights: u64,
    /// How many of them are kept now.
    pub kept: u64,
    /// The weight's: [out, in], or [out, in, kernel height, kernel width].
    pub shape: &'a [usize],
    pub place: Place,
}

/// Where a layer is among the prunable layers of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Also where it is the only one.
    First,
    Between,
    Last,
}

impl<'a> Site<'a> {
    /// The layers called `names` of a network with `graph` and these `layers`, of which `kept` weights are kept.
    pub fn of<'n>(
        graph: &'a Graph,
        layers: &[LayerCost],
        names: impl Iterator<Item = &'n str>,
        kept: impl Fn(&LayerCost) -> u64,
    ) -> Vec<Self> {
        let place = |index: usize| match index {
            0 => Place::First,
            last if last + 1 == layers.len() => Place::Last,
            _ => Place::Between,
        };
        let site = |name: &str| {
            let index = layers.iter().position(|layer| layer.name == name).expect("the layer is prunable");
            let slot = graph.weight_of(name).expect("the layer is prunable");
            let (layer, shape) = (&layers[index], &graph.slots()[slot].shape[..]);
            Self { weights: layer.weights, kept: kept(layer), shape, place: place(index) }
        };
        names.map(site).collect()
    }
}
