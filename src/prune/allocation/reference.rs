//! Allocations against values of an independent implementation: `tests/reference/allocation.py`.

use super::site::{Place, Site};
use super::{Curve, Ranking, kept_by_curves, lamp};
use crate::model::{Cost, LayerCost, Weights};
use crate::prune::pipeline::prune_in_passes;
use crate::prune::testing::{network, pruning};
use crate::prune::units::{KeptWeights, Units};
use crate::prune::{Amount, Mask, Masks, Pruning, Request, Scores, Spread};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Reference {
    shapes: BTreeMap<String, Vec<Vec<usize>>>,
    spread: Vec<SpreadCase>,
    lamp: LampCase,
    scan: Vec<ScanCase>,
}

#[derive(Deserialize)]
struct SpreadCase {
    network: String,
    rule: String,
    sparsity: f64,
    /// Of each layer, as real numbers.
    densities: Vec<f64>,
    kept: Vec<u64>,
}

#[derive(Deserialize)]
struct LampCase {
    layers: Vec<Vec<f32>>,
    scores: Vec<Vec<f64>>,
    /// For a sparsity, each layer's mask as text of 0 and 1.
    kept: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct ScanCase {
    /// Of each layer, weights kept and loss.
    curves: Vec<Vec<(f64, f64)>>,
    left: u64,
    /// Of each layer, as real numbers.
    kept: Vec<f64>,
}

fn reference() -> Reference {
    let text = include_str!("../../../tests/reference/allocation.json");
    serde_json::from_str(text).expect("the file is what the script writes")
}

fn sites(shapes: &[Vec<usize>]) -> Vec<Site<'_>> {
    let last = shapes.len() - 1;
    let site = |(index, shape): (usize, &'_ Vec<usize>)| {
        let weights = shape.iter().product::<usize>() as u64;
        let place = match index {
            0 => Place::First,
            index if index == last => Place::Last,
            _ => Place::Between,
        };
        (weights, place)
    };
    let sized = shapes.iter().enumerate().map(site).zip(shapes);
    sized.map(|((weights, place), shape)| Site { weights, kept: weights, shape, place }).collect()
}

#[test]
fn layers_keep_what_the_reference_says() {
    let Reference { shapes, spread, .. } = reference();
    assert!(spread.len() >= 10);
    for case in spread {
        let sites = sites(&shapes[&case.network]);
        let rule = match &*case.rule {
            "erk" => Spread::Erk,
            "uniform-plus" => Spread::UniformPlus,
            other => panic!("there is no {other}"),
        };
        let total = sites.iter().map(|site| site.weights).sum();
        let kept = rule.kept(&sites, Amount::To(case.sparsity).left(total, total)).unwrap();
        assert_eq!(kept, case.kept, "{} {} {}", case.network, case.rule, case.sparsity);
        for ((kept, site), density) in kept.iter().zip(&sites).zip(case.densities) {
            assert!((*kept as f64 - density * site.weights as f64).abs() < 1.0);
        }
    }
}

#[test]
fn lamp_scores_and_masks_are_those_of_the_reference() {
    let LampCase { layers, scores, kept } = reference().lamp;
    let names = ["a", "b", "c"].map(str::to_owned);
    for (values, expected) in layers.iter().zip(&scores) {
        let layer = LayerCost { name: "a".into(), weights: values.len() as u64, macs: 0 };
        let mask = Mask::full(values.len());
        let sizes: Vec<f32> = values.iter().map(|value| value.abs()).collect();
        let units = Units { layer: &layer, scores: Cow::Owned(sizes), kept: KeptWeights::Single(&mask) };
        let found = lamp::rescored(units);
        for (found, expected) in found.scores.iter().zip(expected) {
            assert!((f64::from(*found) / expected - 1.0).abs() < 1e-6, "{found} is not {expected}");
        }
    }
    let scores = |layer: &Vec<f32>| layer.iter().map(|value| value.abs()).collect();
    let scores = Scores(names.iter().cloned().zip(layers.iter().map(scores)).collect());
    for (sparsity, expected) in kept {
        let share = Amount::To(sparsity.parse().unwrap());
        let (graph, mut weights) = network(names.iter().cloned().zip(layers.clone()));
        let pruning = Pruning { ranking: Ranking::Lamp, ..pruning(&scores, &Request::Overall(share)) };
        let assess = |_: &Weights, _: &Masks| Ok(scores.clone().into());
        let masks =
            prune_in_passes(&pruning, 1, (&graph, &Cost::of(&graph)), &mut weights, Masks::default(), assess)
                .unwrap();
        let text =
            |name: &String| masks.0[name].iter().map(|kept| if kept { '1' } else { '0' }).collect::<String>();
        assert_eq!(names.iter().map(text).collect::<Vec<_>>(), expected, "{sparsity}");
    }
}

#[test]
fn layers_keep_what_bisection_over_the_tolerated_rise_gives() {
    let Reference { scan, .. } = reference();
    assert!(scan.len() >= 10);
    for ScanCase { curves, left, kept } in scan {
        let curve = |points: &Vec<(f64, f64)>| {
            let (kept, loss) = points[0];
            Curve::new(kept, loss, points[1..].iter().copied())
        };
        let curves: Vec<Curve> = curves.iter().map(curve).collect();
        let found = kept_by_curves(&curves, left).unwrap();
        assert_eq!(found.iter().sum::<u64>(), left);
        let near = found.iter().zip(&kept).all(|(found, kept)| (*found as f64 - kept).abs() < 1.0 + 1e-6);
        assert!(near, "{found:?} is not {kept:?}");
    }
}
