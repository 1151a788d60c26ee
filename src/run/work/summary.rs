//! What a node's network scored and costs.

use crate::plan::Node;
use crate::prune::macs_nonzero;
use crate::run::{Layer, Measurement, Summary};
use crate::train::Outcome;

pub(super) fn summary(
    node: &Node,
    outcome: &Outcome,
    teacher_agreement: Option<f64>,
    seconds: f64,
) -> Summary {
    let cost = &node.origin.cost;
    let layers: Vec<Layer> = cost
        .layers
        .iter()
        .zip(outcome.masks.kept(cost))
        .map(|(layer, (_, kept))| Layer {
            layer: layer.name.clone(),
            weights: layer.weights,
            nonzero: kept,
            macs: layer.macs,
            macs_nonzero: macs_nonzero(layer, kept),
        })
        .collect();
    let nonzero: u64 = layers.iter().map(|layer| layer.nonzero).sum();
    let measurement = Measurement {
        sparsity: 1.0 - nonzero as f64 / cost.prunable as f64,
        parameters: cost.parameters,
        prunable: cost.prunable,
        nonzero,
        macs: cost.macs,
        macs_nonzero: layers.iter().map(|layer| layer.macs_nonzero).sum(),
        accuracy: outcome.test.accuracy,
        loss: outcome.test.nll,
        accuracy_validation: outcome.validation.as_ref().map(|quality| quality.accuracy),
        accuracy_last: outcome.accuracy_last,
        accuracy_best_test: outcome.accuracy_best_test,
        ece: outcome.test.ece,
        teacher_agreement,
        steps: outcome.steps,
        seconds,
    };
    Summary { measurement, layers, history: outcome.history.clone(), emptied: outcome.masks.emptied() }
}
