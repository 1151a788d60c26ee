//! Every term against PyTorch: values and gradients that `tests/reference/distillation.py` makes from the papers'
//! formulas.

use super::tap_term::{self, TapTerm};
use super::term::{self, Term};
use super::*;
use crate::distill::Said;
use crate::distill::taps::{Adapter, Connection, TapPair, Taps};
use crate::model::Value;
use burn::tensor::{Tensor, TensorData};
use burn_flex::{Flex, FlexDevice};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Reference {
    logits: LogitCases,
    taps: BTreeMap<String, TapCase>,
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
    pairs: Vec<PairCase>,
}

#[derive(Deserialize)]
struct PairCase {
    student: Values,
    teacher: Values,
    arrays: Vec<Values>,
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
    let standardized = SoftLabels { temperature: 2.0, standardize: true, ..soft_labels.clone() };
    of_logits(cases, "soft-labels standardized", &standardized);
    of_logits(cases, "logits", &Logits::from(1.0));
    of_logits(cases, "logits standardized", &Logits { standardize: true, ..Logits::from(1.0) });
    let decoupled = Decoupled {
        weight: 1.0,
        temperature: 4.0,
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
        &Decoupled { temperature: 0.7, alpha: 2.0, beta: 0.5, ..decoupled.clone() },
    );
    let standardized = Decoupled { temperature: 2.0, standardize: true, ..decoupled.clone() };
    of_logits(cases, "decoupled standardized", &standardized);
    let dist =
        Dist { weight: 1.0, temperature: 1.0, beta: 1.0, gamma: 1.0, standardize: false, teacher: None };
    of_logits(cases, "dist", &dist);
    of_logits(cases, "dist warm", &Dist { temperature: 4.0, beta: 2.0, gamma: 0.5, ..dist.clone() });
    of_logits(cases, "dist standardized", &Dist { standardize: true, ..dist.clone() });
    of_logits(cases, "teacher-free", &TeacherFree { weight: 1.0, certainty: 0.99, temperature: 20.0 });
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
    let mut arrays = case.pairs.iter().flat_map(|pair| &pair.arrays).enumerate();
    let inputs = case.pairs.iter().zip(&connections).map(|(pair, connection)| {
        let [own, other] = connection.channels;
        let adapter = connection.adapter.iter().flat_map(|adapter| adapter.arrays(own, other));
        let needed: Vec<&str> = adapter.chain(term.arrays(own, other)).map(|array| array.part).collect();
        assert_eq!(pair.arrays.iter().map(|array| &*array.name).collect::<Vec<_>>(), needed, "{name}");
        let arrays = arrays.by_ref().take(needed.len()).map(|(number, array)| (number, array.matrix()));
        let arrays = arrays.collect();
        TapInput { connection, student: pair.student.value(), teacher: pair.teacher.value(), arrays }
    });
    let inputs = TapInputs { terms: vec![(term.name(), inputs.collect())] };
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
    let features = Features { weight: 1.0, taps: taps(), adapter: Adapter::Linear, teacher: None };
    of_taps("features", &features);
    of_taps("features of rows", &features);
    of_taps("features with batch norm", &Features { adapter: Adapter::BatchNorm, ..features });
}

#[test]
fn terms_of_maps_are_pytorchs() {
    of_taps("attention", &Attention { weight: 1.0, taps: taps(), teacher: None });
    of_taps("neuron-selectivity", &NeuronSelectivity { weight: 1.0, taps: taps(), teacher: None });
    of_taps("flow", &Flow { weight: 1.0, taps: taps(), adapter: Adapter::Linear, teacher: None });
    of_taps("variational", &Variational { weight: 1.0, taps: taps(), teacher: None });
    let boundaries =
        Boundaries { weight: 1.0, taps: taps(), margin: 1.0, adapter: Adapter::BatchNorm, teacher: None };
    of_taps("boundaries", &boundaries);
}

#[test]
fn terms_of_relations_are_pytorchs() {
    of_taps("similarity", &Similarity { weight: 1.0, taps: taps(), teacher: None });
    of_taps(
        "relations",
        &Relations { weight: 1.0, distance: 25.0, angle: 50.0, taps: taps(), teacher: None },
    );
    of_taps("correlation", &Correlation { weight: 1.0, taps: taps(), teacher: None });
    of_taps("probabilistic", &Probabilistic { weight: 1.0, taps: taps(), teacher: None });
}
