//! A sensitivity scan: what a network scores when one of its layers alone is pruned.

use super::allocation::{Curve, kept_by_curves};
use super::importance::ScoringData;
use super::{Amount, Masks, PruneError, Quantity, Request};
use crate::format::real;
use crate::kernel::Kernel;
use crate::model::{LayerCost, Loader, Network, Parameter, Weights, weight_name};
use crate::train::{EVALUATION_BATCH, Quality, evaluate};
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;

/// What the network scores on the validation split when one layer alone is pruned so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScanPoint {
    pub layer: String,
    /// The sparsity of the layer that was asked for; 0 for the network as it is.
    pub requested: f64,
    /// Weights of the layer before anything was pruned.
    pub weights: u64,
    /// Those of them that are kept.
    pub nonzero: u64,
    pub accuracy: f64,
    /// Mean negative log-likelihood, in nats.
    pub loss: f64,
}

/// A layer that is scanned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanned<'a> {
    pub layer: &'a LayerCost,
    /// Its weights before anything was pruned.
    pub whole: u64,
    /// Those that are kept now.
    pub kept: u64,
}

/// Measures `network` as it is and with each of `layers` alone pruned to each of `sparsities`, where that removes
/// something: `alone` gives weights and masks for a request.
pub(super) fn scan<B: Kernel>(
    network: &Network<B>,
    layers: &[Scanned<'_>],
    sparsities: &[f64],
    data: &ScoringData<'_, B>,
    alone: impl Fn(Request) -> Result<(Weights, Masks), PruneError>,
) -> Result<Vec<ScanPoint>, PruneError> {
    let loader = Loader::new(data.splits, data.device);
    let measure = |network: &Network<B>, what: &dyn Fn() -> String| {
        if data.stop.load(Ordering::Relaxed) {
            return Err(PruneError::Interrupted);
        }
        let quality = evaluate(network, loader.validation(EVALUATION_BATCH));
        if quality.nll.is_finite() { Ok(quality) } else { Err(PruneError::NoLoss { of: what() }) }
    };
    let point = |at: &Scanned<'_>, requested: f64, nonzero: u64, quality: &Quality| ScanPoint {
        layer: at.layer.name.clone(),
        requested,
        weights: at.whole,
        nonzero,
        accuracy: quality.accuracy,
        loss: quality.nll,
    };
    let before = measure(network, &|| "the network".to_owned())?;
    let mut points = Vec::new();
    for at in layers {
        let name = &at.layer.name;
        let slot = network.graph.weight_of(name).expect("the layer is prunable");
        points.push(point(at, 0.0, at.kept, &before));
        let mut last = at.kept;
        for &share in sparsities {
            let (weights, masks) = alone(Request::Layers(vec![(name.clone(), Amount::To(share))]))?;
            let kept = masks.kept_in(at.layer);
            if kept == last {
                continue;
            }
            last = kept;
            let mut pruned = network.clone();
            let of = network.parameters[slot].slot().clone();
            pruned.parameters[slot] = Parameter::new(of, &weights.0[&weight_name(name)].values, data.device);
            let what = || format!("the network with a sparsity of {} in layer `{name}`", real(share));
            points.push(point(at, share, kept, &measure(&pruned, &what)?));
        }
    }
    Ok(points)
}

/// The shares of `layers` that `points` are a scan of: they keep `left` weights together.
pub(super) fn request(
    layers: &[Scanned<'_>],
    points: &[ScanPoint],
    left: u64,
) -> Result<Request, PruneError> {
    let curve = |at: &Scanned<'_>| {
        let mut own = points.iter().filter(|point| point.layer == at.layer.name);
        let loss = own.next().map_or(0.0, |point| point.loss);
        // Where the count was rounded up, the layer may still lose all that was asked for.
        let kept = |point: &ScanPoint| (point.nonzero as f64).min(at.whole as f64 * (1.0 - point.requested));
        Curve::new(at.kept as f64, loss, own.map(|point| (kept(point), point.loss)))
    };
    let curves: Vec<Curve> = layers.iter().map(curve).collect();
    let quantity = Quantity::Weights;
    let kept = kept_by_curves(&curves, left);
    let kept = kept.map_err(|fixed| PruneError::OutOfReach { quantity, left, fixed })?;
    let share = |(at, kept): (&Scanned<'_>, u64)| {
        (at.layer.name.clone(), Amount::To((at.whole - kept) as f64 / at.whole as f64))
    };
    Ok(Request::Layers(layers.iter().zip(kept).map(share).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Examples, Fingerprint, Shape, Splits};
    use crate::distill::{LossMix, Objective};
    use crate::draw::Draw;
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::architecture::Mlp;
    use crate::model::{Array, Cost, Model, Trained};
    use crate::prune::testing::pruning;
    use crate::prune::{Mask, Pruned, Pruning, Scores, prune};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    /// A linear classifier of two pixels and two classes without bias, pruned by magnitude from `masks` on to half of
    /// its weights, with a scan at these sparsities over one validation image (1, 2) of class 1.
    fn pruned(weight: [f32; 4], masks: Masks, sparsities: &[f64]) -> Result<Pruned, PruneError> {
        let graph = Arc::new(Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 1, 2], 2).unwrap());
        let cost = Cost::of(&graph);
        let weight = Array { shape: vec![2, 2], values: weight.to_vec() };
        let bias = Array { shape: vec![2], values: vec![0.0; 2] };
        let weights =
            Weights([("fc1.weight".into(), weight), ("fc1.bias".into(), bias)].into_iter().collect());
        let shape = Shape { image: [1, 1, 2], classes: 2, train: 2, test: 0 };
        let train = Examples { images: vec![9, 9, 1, 2], labels: vec![0, 1] };
        let dataset = Dataset { shape, train, test: Examples::default(), fingerprint: Fingerprint([0; 32]) };
        let splits = Splits {
            dataset: Arc::new(dataset),
            train: vec![0],
            validation: vec![1],
            mean: vec![0.0],
            deviation: vec![1.0],
        };
        let data = ScoringData::<Flex> {
            objective: Objective { loss: &LossMix::default(), teachers: None, wiring: None },
            splits: &splits,
            batch: 1,
            draw: &Draw::new(0, "sparse/1"),
            device: &FlexDevice,
            movement: None,
            stop: &AtomicBool::new(false),
        };
        let request = Request::Scan { sparsities: sparsities.to_vec(), amount: Amount::To(0.5) };
        let scores = Scores([("fc1".to_owned(), Vec::new())].into_iter().collect());
        let pruning: Pruning = pruning(&scores, &request);
        prune(&pruning, Trained::new(graph, weights).unwrap(), masks, &cost, &data)
    }

    /// Sparsity asked for, weights kept, accuracy and loss of each point.
    fn points(pruned: &Pruned) -> Vec<(f64, u64, f64, f64)> {
        let point = |point: &ScanPoint| {
            assert_eq!((&*point.layer, point.weights), ("fc1", 4));
            (point.requested, point.nonzero, point.accuracy, (point.loss * 1e6).round() / 1e6)
        };
        pruned.scan.iter().map(point).collect()
    }

    // W = [[2, −1], [1, 0]] gives the logits 0 and 1, and the loss ln(1 + e⁻¹) = 0.313262. Without the 0 it is the same;
    // without the −1 too, which comes before the 1, they are 2 and 1: ln(1 + e) = 1.313262; with the 2 alone 2 and 0:
    // ln(1 + e²) = 2.126928.
    #[test]
    fn each_layer_is_measured_alone_by_the_importance() {
        let found = pruned([2.0, -1.0, 1.0, 0.0], Masks::default(), &[0.25, 0.5, 0.75]).unwrap();
        let expected = [
            (0.0, 4, 1.0, 0.313_262),
            (0.25, 3, 1.0, 0.313_262),
            (0.5, 2, 0.0, 1.313_262),
            (0.75, 1, 0.0, 2.126_928),
        ];
        assert_eq!(points(&found), expected);
        assert_eq!(found.masks.0["fc1"], [true, false, true, false].into_iter().collect());
        assert!(found.masks.is_respected_by(found.network.weights()));
    }

    #[test]
    fn what_removes_nothing_is_not_measured() {
        let gone: Mask = [true, false, true, false].into_iter().collect();
        let masks = || Masks([("fc1".to_owned(), gone.clone())].into());
        let found = pruned([2.0, 0.0, 1.0, 0.0], masks(), &[0.25, 0.5, 0.75]).unwrap();
        assert_eq!(points(&found), [(0.0, 2, 0.0, 1.313_262), (0.75, 1, 0.0, 2.126_928)]);
        assert_eq!(found.masks, masks());
    }

    #[test]
    fn more_than_the_scan_reaches_is_an_error() {
        let error = pruned([2.0, -1.0, 1.0, 0.0], Masks::default(), &[0.25]).unwrap_err();
        assert_eq!(error, PruneError::OutOfReach { quantity: Quantity::Weights, left: 2, fixed: 3 });
    }

    #[test]
    fn a_network_without_a_loss_is_an_error() {
        let error = pruned([f32::MAX, 0.0, f32::MAX, f32::MAX], Masks::default(), &[0.5]).unwrap_err();
        assert_eq!(error, PruneError::NoLoss { of: "the network".into() });
    }
}
