//! What a node's network scored and costs.

use crate::model::{Cost, Graph, LayerCost};
use crate::plan::Node;
use crate::prune::{Masks, macs_nonzero};
use crate::run::{Layer, Measurement};
use crate::train::{BesideTeacher, Quality};

/// What a network predicts, and how well.
#[derive(Debug)]
pub(super) struct Scored {
    pub test: Quality,
    pub validation: Option<Quality>,
    pub teacher: Option<BesideTeacher>,
}

/// The measurement of what `node` left: a network of `graph` with `masks`.
pub(super) fn measurement(node: &Node, graph: &Graph, masks: &Masks, scored: &Scored) -> Measurement {
    let cost = Cost::of(graph);
    let kept = masks.kept(&cost);
    let layer = |(layer, (_, kept)): (&LayerCost, (String, u64))| Layer {
        layer: layer.name.clone(),
        weights: layer.weights,
        nonzero: kept,
        macs: layer.macs,
        macs_nonzero: macs_nonzero(layer, kept),
    };
    let layers: Vec<Layer> = cost.layers.iter().zip(kept).map(layer).collect();
    let nonzero: u64 = layers.iter().map(|layer| layer.nonzero).sum();
    let prunable = node.origin.cost.prunable;
    Measurement {
        sparsity: 1.0 - nonzero as f64 / prunable as f64,
        parameters: cost.parameters,
        prunable,
        nonzero,
        macs: cost.macs,
        macs_nonzero: layers.iter().map(|layer| layer.macs_nonzero).sum(),
        accuracy: scored.test.accuracy,
        loss: scored.test.nll,
        accuracy_validation: scored.validation.as_ref().map(|quality| quality.accuracy),
        loss_validation: scored.validation.as_ref().map(|quality| quality.nll),
        ece: scored.test.ece,
        teacher: scored.teacher,
        classes: scored.test.by_class(),
        layers,
    }
}
