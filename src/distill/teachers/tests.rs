//! Several teachers: against PyTorch, against one teacher, and through networks.

use super::*;
use crate::distill::loss::{LossMix, Seen};
use crate::distill::{Gradient, Objective, Wiring};
use crate::draw::Draw;
use crate::kernel::{Flex, FlexDevice};
use crate::model::architecture::{Mlp, Resnet};
use crate::model::{Mode, Model, Network, Weights};
use crate::reference::assert_agree;
use burn::tensor::{Int, Tensor, TensorData};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Reference {
    classes: usize,
    given: Vec<f64>,
    temperature: f64,
    teachers: Vec<Vec<f32>>,
    student: Vec<f32>,
    labels: Vec<i32>,
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Case {
    probabilities: Expected,
    logits: Expected,
    mean_square: Expected,
}

#[derive(Deserialize)]
struct Expected {
    value: f64,
    gradient: Vec<f64>,
}

fn matrix(values: &[f32], classes: usize) -> Tensor<Flex, 2> {
    let data = TensorData::new(values.to_vec(), [values.len() / classes, classes]);
    Tensor::from_data(data, &FlexDevice)
}

fn host<const D: usize>(tensor: &Tensor<Flex, D>) -> Vec<f32> {
    tensor.to_data().to_vec().unwrap()
}

fn loss(value: Value) -> LossMix {
    serde_json::from_value(value).unwrap()
}

/// Teachers called `a`, `b`, … with these shares.
fn teaching(shares: &[f64], ensemble: Value) -> Arc<Teaching> {
    let named = ('a'..).zip(shares);
    let teachers = named.map(|(name, &weight)| Teacher { stage: name.into(), weight }).collect();
    Arc::new(Teaching { teachers, ensemble: serde_json::from_value(ensemble).unwrap() })
}

#[test]
fn what_several_say_together_is_pytorchs() {
    let text = include_str!("../../../tests/reference/teachers.json");
    let Reference { classes, given, temperature, teachers, student, labels, cases } =
        serde_json::from_str(text).unwrap();
    let soft_labels = loss(json!({ "soft-labels": { "weight": 1.0, "temperature": temperature } }));
    let logits = loss(json!({ "logits": { "weight": 1.0 } }));
    let images = labels.len();
    for (weights, case) in cases {
        let agree = |mean: &str, loss: &LossMix, expected: &Expected| {
            let teaching = teaching(&given, json!({ "mean": mean, "weights": weights }));
            let said = teachers.iter().map(|teacher| Some(matrix(teacher, classes))).collect();
            let said = Said::new(teaching, said);
            let labels = Tensor::from_data(TensorData::new(labels.clone(), [images]), &FlexDevice);
            let student = matrix(&student, classes);
            let found = loss.terms(&Seen { student, labels, said: Some(&said), taps: None }).remove(0);
            let what = format!("{mean} by weights {weights}");
            let largest = expected.gradient.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            assert_agree(&what, &host(&found.value), &[expected.value], 0.0);
            assert_agree(&what, &host(&found.logits.unwrap()), &expected.gradient, 0.01 * largest);
        };
        agree("probabilities", &soft_labels, &case.probabilities);
        agree("logits", &soft_labels, &case.logits);
        // A term without a temperature takes the mean of the logits.
        agree("probabilities", &logits, &case.mean_square);
        agree("logits", &logits, &case.mean_square);
    }
}

/// Every term of the logits that looks at a teacher.
fn of_logits() -> LossMix {
    loss(json!({
        "soft-labels": { "weight": 1.0, "temperature": 3.0, "standardize": true },
        "logits": { "weight": 1.0 },
        "decoupled": { "weight": 1.0, "temperature": 0.5 },
        "dist": { "weight": 1.0, "temperature": 4.0 },
    }))
}

#[test]
fn several_equal_teachers_are_one_to_the_last_bit() {
    let values: Vec<f32> = (0..7 * 5).map(|index| ((index * 7919) % 251) as f32 / 20.0 - 6.0).collect();
    let student: Vec<f32> = values.iter().rev().copied().collect();
    let numbers = |said: &Said<Flex>| -> Vec<u32> {
        let labels = Tensor::from_data([0, 1, 2, 3, 4, 0, 1], &FlexDevice);
        let seen = Seen { student: matrix(&student, 5), labels, said: Some(said), taps: None };
        let terms = of_logits().terms(&seen);
        let values = terms.iter().flat_map(|term| [host(&term.value), host(term.logits.as_ref().unwrap())]);
        values.flatten().map(f32::to_bits).collect()
    };
    let one = numbers(&Said::of_one(matrix(&values, 5)));
    for mean in ["probabilities", "logits"] {
        for weights in ["given", "entropy", "agreement"] {
            for shares in [&[0.5, 0.5][..], &[0.75, 0.25], &[0.25; 4]] {
                let teaching = teaching(shares, json!({ "mean": mean, "weights": weights }));
                let said = Said::new(teaching, vec![Some(matrix(&values, 5)); shares.len()]);
                assert_eq!(numbers(&said), one, "{mean} by weights {weights} of {shares:?}");
            }
        }
    }
}

// Each says that a class is certain, and both have an entropy of zero; where one is right the other does not count.
#[test]
fn teachers_without_doubt_give_numbers() {
    for (mean, label) in [("probabilities", 0), ("probabilities", 1), ("probabilities", 2), ("logits", 0)] {
        for weights in ["given", "entropy", "agreement"] {
            let teaching = teaching(&[0.5, 0.5], json!({ "mean": mean, "weights": weights }));
            let said = [[1000.0, 0.0, 0.0], [0.0, 1000.0, 0.0]].map(|logits| Some(matrix(&logits, 3)));
            let said = Said::new(teaching, said.to_vec());
            let labels = Tensor::from_data([label], &FlexDevice);
            let seen = Seen { student: matrix(&[0.0; 3], 3), labels, said: Some(&said), taps: None };
            for term in of_logits().terms(&seen) {
                let numbers = [host(&term.value), host(&term.logits.unwrap())].concat();
                assert!(numbers.iter().all(|number| number.is_finite()), "{mean} {weights} {}", term.name);
            }
        }
    }
}

fn network(model: &Model, scope: &str) -> Network<Flex> {
    let graph = model.graph([3, 4, 4], 4).unwrap();
    let weights = Weights::initial(&graph, &Draw::new(0, scope));
    Network::new(Arc::new(graph), &weights, &FlexDevice)
}

fn batch() -> (Tensor<Flex, 4>, Tensor<Flex, 1, Int>) {
    let pixels = (0..6 * 4 * 4 * 3).map(|pixel| ((pixel * 7919) % 251) as f32 / 125.0 - 1.0).collect();
    let pixels = Tensor::from_data(TensorData::new::<f32, _>(pixels, [6, 4, 4, 3]), &FlexDevice);
    (pixels, Tensor::from_data([0, 1, 2, 3, 0, 1], &FlexDevice))
}

fn gradient(loss: &LossMix, student: &Network<Flex>, teachers: &Teachers<Flex>) -> Gradient<Flex> {
    let draw = Draw::new(0, "student");
    let (images, labels) = batch();
    let count = images.dims()[0];
    let wiring = Wiring::new(loss, &student.graph, teachers, count, &IndexMap::new(), &draw, &FlexDevice);
    let wiring = wiring.unwrap();
    let objective = Objective { loss, teachers: Some(teachers), wiring: wiring.as_ref() };
    objective.gradient(student, images, labels, Mode::Train)
}

fn values(gradient: &Gradient<Flex>) -> Vec<Vec<f32>> {
    gradient.terms.iter().map(|term| host(&term.value)).collect()
}

/// A wide network of convolutions and a multilayer perceptron.
fn unlike() -> [Network<Flex>; 2] {
    let resnet = Model::Resnet(Resnet { depth: 8, width: 2 });
    [network(&resnet, "a"), network(&Model::Mlp(Mlp { hidden: vec![7] }), "b")]
}

#[test]
fn each_term_looks_at_the_teacher_that_it_names() {
    let student = network(&Model::Resnet(Resnet { depth: 8, width: 1 }), "student");
    let [a, b] = unlike();
    let features = |own: Value| json!({ "weight": 1.0, "taps": { "layer2": "layer2" }, "teacher": own });
    let probabilistic = |own: Value| json!({ "weight": 1.0, "taps": { "flatten": "fc1" }, "teacher": own });
    let soft_labels = |own: Value| json!({ "weight": 1.0, "temperature": 4.0, "teacher": own });
    let (by_a, by_b, by_one) = (json!("a"), json!("b"), Value::Null);
    let all = loss(json!({
        "soft-labels": soft_labels(by_b.clone()),
        "features": features(by_a),
        "probabilistic": probabilistic(by_b),
    }));
    let teaching = teaching(&[0.0, 0.0], json!({}));
    let teachers = Teachers::new((*teaching).clone(), vec![a.clone(), b.clone()]);
    let together = gradient(&all, &student, &teachers);
    let of_a = loss(json!({ "features": features(by_one.clone()) }));
    let of_b = json!({ "soft-labels": soft_labels(by_one.clone()), "probabilistic": probabilistic(by_one) });
    let (of_a, of_b) =
        (gradient(&of_a, &student, &Teachers::one(a)), gradient(&loss(of_b), &student, &Teachers::one(b)));
    let [of_a_values, of_b_values] = [values(&of_a), values(&of_b)];
    let expected = [&of_b_values[0], &of_a_values[0], &of_b_values[1]];
    assert_eq!(values(&together).iter().collect::<Vec<_>>(), expected);
    assert_eq!(together.beside.len(), of_a.beside.len());
    for (both, parts) in together.arrays.iter().zip(of_a.arrays.iter().zip(&of_b.arrays)) {
        let (Some(both), (Some(one), Some(other))) = (both, parts) else { continue };
        let sum = host(&(one.clone() + other.clone()));
        let largest = sum.iter().fold(1e-6, |largest: f32, value| largest.max(value.abs()));
        let near = host(both).iter().zip(sum).all(|(a, b)| (a - b).abs() < 1e-4 * largest);
        assert!(near, "the gradients of the terms do not add up");
    }
}

#[test]
fn networks_of_different_architectures_teach_together() {
    let student = network(&Model::Resnet(Resnet { depth: 8, width: 1 }), "student");
    let mix = loss(json!({ "soft-labels": { "weight": 1.0, "temperature": 2.0 } }));
    let teaching = teaching(&[0.25, 0.75], json!({}));
    let teachers = Teachers::new((*teaching).clone(), unlike().to_vec());
    let (images, _) = batch();
    let said = unlike().map(|teacher| Some(teacher.forward(images.clone(), Mode::Evaluate).logits));
    let said = Said::new(teaching, said.to_vec());
    let logits = student.forward(images, Mode::Train).logits;
    let seen = Seen { student: logits, labels: batch().1, said: Some(&said), taps: None };
    let expected = mix.terms(&seen).remove(0);
    assert_eq!(values(&gradient(&mix, &student, &teachers)), [host(&expected.value)]);
}

#[test]
fn only_networks_are_run_that_a_term_looks_at() {
    let teachers = Teachers::new((*teaching(&[1.0, 0.0], json!({}))).clone(), unlike().to_vec());
    let run = |value: Value| {
        let mut run = Vec::new();
        let said = teachers.say(&loss(value).active(), |index, network| {
            run.push(index);
            network.forward(batch().0, Mode::Evaluate).logits
        });
        assert_eq!(said.is_some(), !run.is_empty());
        run
    };
    let soft_labels =
        |weight: f64, own: Value| json!({ "weight": weight, "temperature": 4.0, "teacher": own });
    let cross_entropy = json!({ "weight": 1.0 });
    let nothing = json!({ "cross-entropy": cross_entropy, "soft-labels": soft_labels(0.0, Value::Null) });
    assert_eq!(run(nothing), [0; 0]);
    assert_eq!(run(json!({ "soft-labels": soft_labels(1.0, json!("b")) })), [1]);
    assert_eq!(run(json!({ "soft-labels": soft_labels(1.0, Value::Null) })), [0]);
    let both =
        json!({ "soft-labels": soft_labels(1.0, Value::Null), "logits": { "weight": 1.0, "teacher": "b" } });
    assert_eq!(run(both), [0, 1]);
}

// Probabilities (0.9, 0.1) and (0.2, 0.8): by weights ¾ and ¼ their mean is (0.725, 0.275), by equal ones (0.55, 0.45).
#[test]
fn what_all_say_together_is_by_the_weights_given() {
    let mlp = Model::Mlp(Mlp { hidden: Vec::new() });
    let says = |p: f64| {
        let graph = Arc::new(mlp.graph([1, 1, 1], 2).unwrap());
        let mut weights = Weights::initial(&graph, &Draw::new(0, "a"));
        weights.0.values_mut().for_each(|array| array.values.fill(0.0));
        weights.0["fc1.bias"].values[0] = (p / (1.0 - p)).ln() as f32;
        Network::<Flex>::new(graph, &weights, &FlexDevice)
    };
    let odds = |shares: [f64; 2]| {
        let teaching = teaching(&shares, json!({ "weights": "agreement" }));
        let teachers = Teachers::new((*teaching).clone(), vec![says(0.9), says(0.2)]);
        let logits = host(&teachers.together(&Tensor::zeros([1, 1, 1, 1], &FlexDevice)));
        f64::from(logits[0] - logits[1]).exp()
    };
    assert!((odds([0.75, 0.25]) - 0.725 / 0.275).abs() < 1e-5);
    assert!((odds([0.0, 0.0]) - 0.55 / 0.45).abs() < 1e-5);
}
