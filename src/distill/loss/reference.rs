//! Every term against PyTorch: values and gradients that `tests/reference/distillation.py` makes from the papers'
//! formulas.

use super::tap_term::{self, TapTerm};
use super::term::{self, Term};
use super::*;
use crate::distill::Said;
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{Adapter, BesideArray, Connection, Sizes, TapPair, Taps};
use crate::kernel::{Flex, FlexDevice};
use crate::model::Value;
use crate::train::Duration;
use burn::backend::Autodiff;
use burn::tensor::{Tensor, TensorData};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Reference {
    logits: LogitCases,
    taps: BTreeMap<String, TapCase>,
    reconstruction: ReconstructionCase,
}

/// The terms of the logits, all on the same batch.
#[derive(Deserialize)]
struct LogitCases {
    classes: usize,
    student: Vec<f32>,
    teacher: Vec<f32>,
    labels: Vec<i32>,
    terms: BTreeMap<String, LogitCase>,
}

#[derive(Deserialize)]
struct LogitCase {
    value: f64,
    gradient: Vec<f64>,
}

#[derive(Deserialize)]
struct TapCase {
    value: f64,
    /// Images of the training, where a term depends on them.
    #[serde(default)]
    images: usize,
    /// Places of the images of the batch and of those that they are contrasted with.
    #[serde(default)]
    contrasts: Vec<Vec<i32>>,
    pairs: Vec<PairCase>,
}

/// What the auto-encoder of factor transfer is trained by.
#[derive(Deserialize)]
struct ReconstructionCase {
    value: f64,
    features: Values,
    arrays: Vec<Values>,
}

#[derive(Deserialize)]
struct PairCase {
    student: Values,
    teacher: Values,
    arrays: Vec<Values>,
    #[serde(default)]
    kept: Vec<Values>,
    /// What is kept after the step, where it changes.
    #[serde(default)]
    after: Vec<Vec<f64>>,
}

/// An array in PyTorch's order, and its gradient.
#[derive(Deserialize)]
struct Values {
    #[serde(default)]
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
    #[serde(default)]
    gradient: Vec<f64>,
}

fn load() -> Reference {
    serde_json::from_str(include_str!("../../../tests/reference/distillation.json")).unwrap()
}

/// Asserts that each value is within 1e-4, relative to it or, where it is smaller, to a hundredth of the largest.
fn assert_agree(what: &str, found: &[f32], expected: &[f64]) {
    let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    crate::reference::assert_agree(what, found, expected, 0.01 * largest);
}

fn host<const D: usize>(tensor: &Tensor<Flex, D>) -> Vec<f32> {
    tensor.to_data().to_vec().unwrap()
}

/// Asserts that `term` gives what PyTorch gives for the case of this name.
fn of_logits(cases: &LogitCases, name: &str, term: &impl Term) {
    let images = cases.labels.len();
    let logits = |values: &Vec<f32>| {
        Tensor::<Flex, 2>::from_data(TensorData::new(values.clone(), [images, cases.classes]), &FlexDevice)
    };
    let labels = Tensor::from_data(TensorData::new(cases.labels.clone(), [images]), &FlexDevice);
    let (student, said) = (logits(&cases.student), Said::of_one(logits(&cases.teacher)));
    let found = term::evaluate(term, &Seen { student, labels, said: Some(&said), taps: None });
    let case = &cases.terms[name];
    assert_agree(name, &host(&found.value), &[case.value]);
    assert_agree(name, &host(&found.logits.unwrap()), &case.gradient);
}

#[test]
fn terms_of_the_logits_are_pytorchs() {
    let cases = &load().logits;
    let soft_labels = SoftLabels::new(1.0, 4.0);
    of_logits(cases, "soft-labels", &soft_labels);
    let standardized = SoftLabels { temperature: 2.0.into(), standardize: true, ..soft_labels };
    of_logits(cases, "soft-labels standardized", &standardized);
    of_logits(cases, "logits", &Logits::from(1.0));
    of_logits(cases, "logits standardized", &Logits { standardize: true, ..Logits::from(1.0) });
    let weight = Scheduled::from(1.0);
    let decoupled = Decoupled {
        weight: weight.clone(),
        temperature: 4.0.into(),
        alpha: 1.0,
        beta: 8.0,
        warmup: None,
        standardize: false,
        teacher: None,
    };
    of_logits(cases, "decoupled", &decoupled);
    of_logits(
        cases,
        "decoupled cold",
        &Decoupled { temperature: 0.7.into(), alpha: 2.0, beta: 0.5, ..decoupled.clone() },
    );
    let standardized = Decoupled { temperature: 2.0.into(), standardize: true, ..decoupled };
    of_logits(cases, "decoupled standardized", &standardized);
    let dist = Dist {
        weight: weight.clone(),
        temperature: 1.0.into(),
        beta: 1.0,
        gamma: 1.0,
        standardize: false,
        teacher: None,
    };
    of_logits(cases, "dist", &dist);
    of_logits(cases, "dist warm", &Dist { temperature: 4.0.into(), beta: 2.0, gamma: 0.5, ..dist.clone() });
    of_logits(cases, "dist standardized", &Dist { standardize: true, ..dist });
    of_logits(cases, "teacher-free", &TeacherFree { weight, certainty: 0.99, temperature: 20.0.into() });
}

impl Values {
    /// What a node gives: images with their channels last, or features.
    fn value(&self) -> Value<Flex> {
        let tensor = |shape: &[usize]| TensorData::new(self.values.clone(), shape);
        match self.shape[..] {
            [_, _] => Value::Features(Tensor::from_data(tensor(&self.shape), &FlexDevice)),
            _ => {
                let images = Tensor::<Flex, 4>::from_data(tensor(&self.shape), &FlexDevice);
                Value::Images(images.permute([0, 2, 3, 1]))
            }
        }
    }

    /// As a term takes it.
    fn matrix(&self) -> Tensor<Flex, 2> {
        let shape =
            if let [outputs, inputs] = self.shape[..] { [outputs, inputs] } else { [1, self.shape[0]] };
        Tensor::from_data(TensorData::new(self.values.clone(), shape), &FlexDevice)
    }
}

/// Asserts that the arrays of a case are those that a term asks for.
fn assert_needed(name: &str, arrays: &[Values], needed: &[BesideArray]) {
    let found: Vec<(&str, &[usize])> = arrays.iter().map(|array| (&*array.name, &*array.shape)).collect();
    let needed: Vec<(&str, &[usize])> = needed.iter().map(|array| (array.part, &*array.shape)).collect();
    assert_eq!(found, needed, "{name}");
}

/// Asserts that `term` gives what PyTorch gives for the case of this name.
fn of_taps(name: &str, term: &impl TapTerm) {
    let case = &load().taps[name];
    let pair = |node: usize| TapPair {
        key: String::new(),
        student: String::new(),
        teacher: String::new(),
        nodes: [node, node],
    };
    let connection = |(node, pair_case): (usize, &PairCase)| {
        let shapes = [&pair_case.student.shape[1..], &pair_case.teacher.shape[1..]];
        Connection::new(&pair(node), shapes, term.matching()).unwrap()
    };
    let connections: Vec<Connection> = case.pairs.iter().enumerate().map(connection).collect();
    let channels: Vec<[usize; 2]> = connections.iter().map(|connection| connection.channels).collect();
    let mut arrays = case.pairs.iter().flat_map(|pair| &pair.arrays).enumerate();
    let mut kept = case.pairs.iter().flat_map(|pair| &pair.kept).enumerate();
    let inputs = case.pairs.iter().zip(&connections).enumerate().map(|(number, (pair, connection))| {
        let sizes = Sizes { channels: &channels, pair: number, images: case.images };
        let [own, other] = connection.channels;
        let adapter = connection.adapter.iter().flat_map(|adapter| adapter.arrays(own, other));
        let needed: Vec<BesideArray> = adapter.chain(term.arrays(&sizes)).collect();
        assert_needed(name, &pair.arrays, &needed);
        assert_needed(name, &pair.kept, &term.kept(&sizes));
        let numbered = |(number, array): (usize, &Values)| (number, array.matrix());
        let arrays = arrays.by_ref().take(pair.arrays.len()).map(numbered).collect();
        let kept = kept.by_ref().take(pair.kept.len()).map(numbered).collect();
        TapInput { connection, student: pair.student.value(), teacher: pair.teacher.value(), arrays, kept }
    });
    let contrasts = case.contrasts.first().map(|row| {
        let shape = [case.contrasts.len(), row.len()];
        Tensor::from_data(TensorData::new(case.contrasts.concat(), shape), &FlexDevice)
    });
    let inputs = TapInputs { terms: vec![(term.name(), inputs.collect())], contrasts };
    let found = tap_term::evaluate(term, &inputs);
    assert_agree(name, &host(&found.value), &[case.value]);
    assert_eq!(found.taps.len(), case.pairs.len());
    for ((_, gradient), pair) in found.taps.iter().zip(&case.pairs) {
        let gradient = match gradient {
            Value::Images(images) => host(&images.clone().permute([0, 3, 1, 2])),
            Value::Features(features) => host(features),
        };
        assert_agree(name, &gradient, &pair.student.gradient);
    }
    let after: Vec<&Vec<f64>> = case.pairs.iter().flat_map(|pair| &pair.after).collect();
    assert_eq!(found.kept.len(), after.len());
    for (number, kept) in &found.kept {
        assert_agree(&format!("{name}: {number} after the step"), &host(kept), after[*number]);
    }
    let expected: Vec<&Values> = case.pairs.iter().flat_map(|pair| &pair.arrays).collect();
    assert_eq!(found.arrays.len(), expected.len());
    for (number, gradient) in &found.arrays {
        let array = expected[*number];
        assert_agree(&format!("{name}: {}", array.name), &host(gradient), &array.gradient);
    }
}

fn taps() -> Taps {
    Taps(BTreeMap::new())
}

#[test]
fn features_are_pytorchs() {
    let features = Features { weight: 1.0.into(), taps: taps(), adapter: Adapter::Linear, teacher: None };
    of_taps("features", &features);
    of_taps("features of rows", &features);
    of_taps("features with batch norm", &Features { adapter: Adapter::BatchNorm, ..features });
}

#[test]
fn terms_of_maps_are_pytorchs() {
    of_taps("attention", &Attention { weight: 1.0.into(), taps: taps(), teacher: None });
    of_taps("neuron-selectivity", &NeuronSelectivity { weight: 1.0.into(), taps: taps(), teacher: None });
    of_taps("flow", &Flow { weight: 1.0.into(), taps: taps(), adapter: Adapter::Linear, teacher: None });
    of_taps("variational", &Variational { weight: 1.0.into(), taps: taps(), teacher: None });
    let boundaries = Boundaries {
        weight: 1.0.into(),
        taps: taps(),
        margin: 1.0,
        adapter: Adapter::BatchNorm,
        teacher: None,
    };
    of_taps("boundaries", &boundaries);
    of_taps("review", &Review { weight: 1.0.into(), taps: taps(), teacher: None });
    let pretrain = Duration::steps(0);
    let factors = Factors {
        weight: 1.0.into(),
        taps: taps(),
        rate: 0.5,
        power: Power::Absolute,
        pretrain,
        teacher: None,
    };
    of_taps("factors", &factors);
    of_taps("factors squared", &Factors { rate: 1.0, power: Power::Square, ..factors });
}

#[test]
fn the_reconstruction_of_factors_is_pytorchs() {
    let case = load().reconstruction;
    let tracked = case.arrays.iter().map(|array| Tensor::from_inner(array.matrix()).require_grad());
    let tracked: Vec<Tensor<Autodiff<Flex>, 2>> = tracked.collect();
    let value = Factors::reconstruction(Tensor::from_inner(case.features.value().pixels()), &tracked);
    let gradients = value.backward();
    assert_agree("reconstruction", &host(&value.inner()), &[case.value]);
    for (array, expected) in tracked.iter().zip(&case.arrays) {
        let gradient = array.grad(&gradients).unwrap();
        assert_agree(&expected.name, &host(&gradient), &expected.gradient);
    }
}

#[test]
fn terms_of_relations_are_pytorchs() {
    of_taps("similarity", &Similarity { weight: 1.0.into(), taps: taps(), teacher: None });
    let relations =
        Relations { weight: 1.0.into(), distance: 25.0, angle: 50.0, taps: taps(), teacher: None };
    of_taps("relations", &relations);
    of_taps("correlation", &Correlation { weight: 1.0.into(), taps: taps(), teacher: None });
    let contrastive = Contrastive {
        weight: 1.0.into(),
        taps: taps(),
        dimensions: 4,
        negatives: 3,
        temperature: 0.3,
        momentum: 0.4,
        teacher: None,
    };
    of_taps("contrastive", &contrastive);
    of_taps("contrastive later", &contrastive);
    of_taps("probabilistic", &Probabilistic { weight: 1.0.into(), taps: taps(), teacher: None });
}
