//! Masks against PyTorch: see `tests/reference/channels.py`.

use super::pipeline::prune_in_passes;
use super::testing::pruning;
use super::{Amount, Granularity, Masks, Normalizer, Pruning, Reduction, Request, Scores};
use crate::model::{Cost, Weights};
use crate::reference::Reference;
use std::num::NonZeroUsize;

/// The mask of the only layer of `scores` under these rules, as 1 for what is kept.
fn mask(scores: &Scores, rules: &Pruning) -> Vec<u8> {
    let (graph, mut weights) = Reference::channels().network().into_parts();
    let assess = |_: &Weights, _: &Masks| Ok(scores.clone().into());
    let network = (&*graph, &Cost::of(&graph));
    let masks = prune_in_passes(rules, 1, network, &mut weights, Masks::default(), assess).unwrap();
    masks.0.values().next().unwrap().iter().map(u8::from).collect()
}

/// The sizes of the weights of `layer`.
fn magnitudes(layer: &str) -> Scores {
    let (_, weights) = Reference::channels().network().into_parts();
    let values = weights.0[&format!("{layer}.weight")].values.iter().map(|weight| weight.abs()).collect();
    Scores([(layer.to_owned(), values)].into_iter().collect())
}

fn sizes(sizes: [usize; 2]) -> [NonZeroUsize; 2] {
    sizes.map(|size| NonZeroUsize::new(size).unwrap())
}

#[test]
fn n_of_m_is_along_the_inputs() {
    let reference = Reference::channels();
    let granularity = Granularity::NOfM(sizes([2, 4]));
    for layer in reference.names("/n-of-m") {
        let (scores, request) = (magnitudes(&layer), granularity.request().unwrap());
        let rules = Pruning { granularity, ..pruning(&scores, &request) };
        assert_eq!(mask(&scores, &rules), reference.get::<Vec<u8>>(&format!("/n-of-m/{layer}")), "{layer}");
    }
}

#[test]
fn rows_are_removed_by_their_norms_as_ln_structured_does() {
    let reference = Reference::channels();
    let granularity = Granularity::Block(sizes([1, 4]));
    let scores = magnitudes("fc1");
    for (name, reduction) in [("sum", Reduction::Sum), ("norm", Reduction::Norm), ("max", Reduction::Max)] {
        let half = Request::Overall(Amount::To(0.5));
        let rules = Pruning { granularity, reduction, ..pruning(&scores, &half) };
        let expected: Vec<u8> = reference.get(&format!("/ln-structured/{name}"));
        assert_eq!(mask(&scores, &rules), expected, "{name}");
    }
}

#[test]
fn ranks_within_outputs_are_how_wanda_compares() {
    let reference = Reference::channels();
    for layer in reference.names("/wanda-masks") {
        let scores = reference.get(&format!("/scores/wanda/{layer}"));
        let scores = Scores([(layer.clone(), scores)].into_iter().collect());
        let half = Request::Layers(vec![(layer.clone(), Amount::To(0.5))]);
        let rules = Pruning { normalization: Normalizer::OutputRank, ..pruning(&scores, &half) };
        let expected: Vec<u8> = reference.get(&format!("/wanda-masks/{layer}"));
        assert_eq!(mask(&scores, &rules), expected, "{layer}");
    }
}
