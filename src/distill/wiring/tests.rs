//! Losses that look inside, end to end through small networks.

use super::*;
use crate::distill::loss::{CrossEntropy, Factors, Features, Logits};
use crate::distill::taps::{Adapter, Taps};
use crate::distill::{Contrasts, Ensemble, Gradient, Objective, Teachers, Teaching};
use crate::kernel::{Flex, FlexDevice};
use crate::model::architecture::Resnet;
use crate::model::{Model, Weights};
use burn::tensor::{Int, TensorData};
use serde_json::json;

/// Images of the training.
const IMAGES: usize = 10;

fn network(width: usize, scope: &str) -> Network<Flex> {
    let graph = Model::Resnet(Resnet { depth: 8, width }).graph([3, 4, 4], 4).unwrap();
    let weights = Weights::initial(&graph, &Draw::new(0, scope));
    Network::new(Arc::new(graph), &weights, &FlexDevice)
}

fn batch(images: usize) -> (Tensor<Flex, 4>, Tensor<Flex, 1, Int>) {
    let pixels = (0..images * 4 * 4 * 3).map(|pixel| ((pixel * 7919) % 251) as f32 / 125.0 - 1.0).collect();
    let labels = (0..images).map(|image| (image % 4) as i32).collect();
    let tensor = TensorData::new::<f32, _>(pixels, [images, 4, 4, 3]);
    let labels = TensorData::new::<i32, _>(labels, [images]);
    (Tensor::from_data(tensor, &FlexDevice), Tensor::from_data(labels, &FlexDevice))
}

/// For a batch of the first `images` of the training.
fn wiring(
    loss: &LossMix,
    student: &Network<Flex>,
    teachers: &Teachers<Flex>,
    images: usize,
) -> Option<Wiring<Flex>> {
    let (trained, draw) = (IndexMap::new(), Draw::new(0, "student"));
    let wiring = Wiring::new(loss, &student.graph, teachers, IMAGES, &trained, &draw, &FlexDevice);
    let mut wiring = wiring.unwrap()?;
    let (train, labels): (Vec<u32>, Vec<u16>) =
        (0..IMAGES).map(|image| (image as u32, image as u16 % 4)).unzip();
    if let Some(contrasts) = Contrasts::new(loss, &train, &labels) {
        wiring.contrast(contrasts.draw(&train[..images], &draw, 0), &FlexDevice);
    }
    Some(wiring)
}

fn taps(pairs: &[(&str, &str)]) -> Taps {
    Taps(pairs.iter().map(|(student, teacher)| ((*student).into(), (*teacher).into())).collect())
}

fn values<const D: usize>(tensor: &Tensor<Flex, D>) -> Vec<f32> {
    tensor.to_data().to_vec().unwrap()
}

/// Every term of taps, as it is written, at weight 1.
fn all_of_taps() -> LossMix {
    let term = || json!({ "weight": 1.0, "taps": { "layer*": "layer*" } });
    let names = ["features", "attention", "similarity", "relations", "correlation", "probabilistic"];
    let others =
        ["neuron-selectivity", "flow", "variational", "boundaries", "review", "factors", "contrastive"];
    let terms = names.into_iter().chain(others).map(|name| (name.to_owned(), term()));
    serde_json::from_value(serde_json::Value::Object(terms.collect())).unwrap()
}

/// With the student's bn1 of the first block tapped before its ReLU, which is otherwise computed with it, an adapter
/// with batch norm there and one of layer2 without.
#[test]
fn gradients_of_the_network_and_of_its_adapters_are_finite_differences() {
    let features = |adapter, student: &str| Features {
        weight: 0.7.into(),
        taps: taps(&[(student, student)]),
        adapter,
        teacher: None,
    };
    for (adapter, tap) in [(Adapter::BatchNorm, "layer1.0.bn1"), (Adapter::Linear, "layer2")] {
        let loss = LossMix {
            cross_entropy: Some(CrossEntropy::from(0.5)),
            features: Some(features(adapter, tap)),
            ..LossMix::EMPTY
        };
        let (student, teachers) = (network(1, "student"), Teachers::one(network(2, "teacher")));
        let wired = wiring(&loss, &student, &teachers, 6).unwrap();
        let gradient = |student: &Network<Flex>, wiring: &Wiring<Flex>| -> Gradient<Flex> {
            let (images, labels) = batch(6);
            let objective = Objective { loss: &loss, teachers: Some(&teachers), wiring: Some(wiring) };
            objective.gradient(student, images, labels, Mode::Train)
        };
        let direction = |count: usize, salt: usize| -> Vec<f32> {
            (0..count).map(|index| ((index * 31 + salt * 17) % 13) as f32 / 6.0 - 1.0).collect()
        };
        let found = gradient(&student, &wired);
        assert_eq!(
            found.terms.iter().map(|term| term.name).collect::<Vec<_>>(),
            ["cross-entropy", "features"]
        );
        assert_eq!(found.beside.len(), wired.arrays().len());
        // Along the network's parameters first, then along what is trained beside it.
        for of_network in [true, false] {
            let moved = |step: f64| {
                let (mut student, mut wired) = (student.clone(), wired.clone());
                let arrays: Vec<&mut Parameter<Flex>> = match of_network {
                    true => student.parameters.iter_mut().collect(),
                    false => wired.arrays_mut().iter_mut().collect(),
                };
                for (salt, array) in arrays.into_iter().enumerate() {
                    if array.slot().role.is_learned() {
                        let along = direction(array.slot().size(), salt);
                        let along = Tensor::<Flex, 1>::from_floats(&*along, &FlexDevice);
                        array.set_values(array.values().clone() + along * step);
                    }
                }
                f64::from(gradient(&student, &wired).loss.into_scalar())
            };
            let gradients: Vec<Option<Tensor<Flex, 1>>> = match of_network {
                true => found.arrays.clone(),
                false => found.beside.iter().cloned().map(Some).collect(),
            };
            let along = |(salt, gradient): (usize, &Option<Tensor<Flex, 1>>)| {
                let gradient = gradient.as_ref().map(values).unwrap_or_default();
                let direction = direction(gradient.len(), salt);
                gradient.iter().zip(direction).map(|(a, b)| f64::from(a * b)).sum::<f64>()
            };
            let expected: f64 = gradients.iter().enumerate().map(along).sum();
            assert!(expected.abs() > 1e-3, "the direction matters: {expected}");
            // Long steps cross points where a ReLU has no derivative, short ones are rounded.
            let error = |step: f64| ((moved(step) - moved(-step)) / (2.0 * step) / expected - 1.0).abs();
            let error = [1e-3, 3e-4, 1e-4].map(error).into_iter().fold(f64::INFINITY, f64::min);
            assert!(error < 0.02, "{tap} {of_network}: off by {error}");
        }
    }
}

#[test]
fn a_student_that_equals_its_teacher_has_nothing_to_learn() {
    let mut loss = LossMix {
        soft_labels: Some(serde_json::from_value(json!({ "weight": 1.0, "temperature": 4.0 })).unwrap()),
        logits: Some(Logits::from(1.0)),
        decoupled: Some(serde_json::from_value(json!({ "weight": 1.0 })).unwrap()),
        dist: Some(serde_json::from_value(json!({ "weight": 1.0 })).unwrap()),
        ..all_of_taps()
    };
    // These are bounds and margins, which equal features do not reach, and features behind layers of their own.
    (loss.variational, loss.boundaries) = (None, None);
    (loss.review, loss.factors, loss.contrastive) = (None, None, None);
    let network = network(1, "student");
    let teachers = Teachers::one(network.clone());
    let wiring = wiring(&loss, &network, &teachers, 6).unwrap();
    assert!(wiring.arrays().is_empty(), "nothing is adapted");
    let (images, labels) = batch(6);
    let objective = Objective { loss: &loss, teachers: Some(&teachers), wiring: Some(&wiring) };
    let gradient = objective.gradient(&network, images, labels, Mode::Evaluate);
    assert_eq!(gradient.terms.len(), 12);
    for term in &gradient.terms {
        let value = values(&term.value)[0];
        assert!(value.abs() < 1e-5, "{}: {value}", term.name);
    }
    let largest = gradient.arrays.iter().flatten().flat_map(values).fold(0.0, |a: f32, b| a.max(b.abs()));
    assert!(largest < 1e-4, "{largest}");
}

/// Of one image nothing can be told from another, and after a batch norm over one pixel all is zero.
#[test]
fn a_batch_of_one_image_gives_numbers() {
    let (student, teachers) = (network(1, "student"), Teachers::one(network(2, "teacher")));
    let loss = LossMix {
        decoupled: Some(serde_json::from_value(json!({ "weight": 1.0, "standardize": true })).unwrap()),
        dist: Some(serde_json::from_value(json!({ "weight": 1.0 })).unwrap()),
        ..all_of_taps()
    };
    let wiring = wiring(&loss, &student, &teachers, 1).unwrap();
    let (images, labels) = batch(1);
    let objective = Objective { loss: &loss, teachers: Some(&teachers), wiring: Some(&wiring) };
    let gradient = objective.gradient(&student, images, labels, Mode::Train);
    for term in &gradient.terms {
        assert!(values(&term.value)[0].is_finite(), "{}", term.name);
    }
    let arrays = gradient.arrays.iter().flatten().chain(&gradient.beside);
    assert!(arrays.flat_map(values).all(f32::is_finite));
}

#[test]
fn the_same_numbers_come_out_on_any_number_of_threads() {
    let (student, teachers) = (network(1, "student"), Teachers::one(network(2, "teacher")));
    let loss = LossMix { cross_entropy: Some(CrossEntropy::from(1.0)), ..all_of_taps() };
    let wiring = wiring(&loss, &student, &teachers, 8).unwrap();
    let bits = |threads: usize| -> Vec<u32> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (images, labels) = batch(8);
            let objective = Objective { loss: &loss, teachers: Some(&teachers), wiring: Some(&wiring) };
            let gradient = objective.gradient(&student, images, labels, Mode::Train);
            let arrays = gradient.arrays.iter().flatten().chain(&gradient.beside);
            let kept = gradient.kept.iter().map(|(_, kept)| kept);
            arrays.chain(kept).flat_map(values).map(f32::to_bits).collect()
        })
    };
    let one = bits(1);
    assert!([2, 3].into_iter().all(|threads| bits(threads) == one));
}

/// By steps along the gradients of what it is trained by, on the same images.
#[test]
fn a_paraphraser_learns_what_the_teacher_gives() {
    let (student, teachers) = (network(1, "student"), Teachers::one(network(2, "teacher")));
    let loss = LossMix { factors: all_of_taps().factors, ..LossMix::EMPTY };
    let mut wiring = wiring(&loss, &student, &teachers, 6).unwrap();
    let (images, _) = batch(6);
    let error = |wiring: &Wiring<Flex>| -> f32 {
        let sides = wiring.teacher_sides("factors", &teachers, images.clone()).into_iter();
        let values = sides.map(|TeacherSide { features, kept }| {
            let kept: Vec<Tensor<Flex, 2>> = kept.into_iter().map(|(_, array)| array).collect();
            Factors::reconstruction(features, &kept).into_scalar()
        });
        values.sum()
    };
    for _ in 0..4 {
        let before = error(&wiring);
        let gradients = wiring.pretraining_gradients(&loss, &teachers, images.clone());
        assert_eq!(gradients.len(), 3 * 12, "weights and biases of six layers for each of three taps");
        for (number, gradient) in gradients {
            let array = &mut wiring.kept_mut()[number];
            array.set_values(array.values().clone() - gradient * 0.1);
        }
        let after = error(&wiring);
        assert!(after < before, "{after} is not below {before}");
    }
}

#[test]
fn a_paraphraser_is_of_the_teacher_that_its_term_names() {
    let (student, first, second) = (network(1, "student"), network(3, "first"), network(2, "second"));
    let (images, _) = batch(6);
    let factors = |own: Option<&str>| -> LossMix {
        let mut term = json!({ "weight": 1.0, "taps": { "layer2": "layer2" } });
        if let Some(own) = own {
            term["teacher"] = json!(own);
        }
        serde_json::from_value(json!({ "logits": { "weight": 1.0 }, "factors": term })).unwrap()
    };
    let gradients = |loss: &LossMix, teachers: &Teachers<Flex>| -> Vec<(usize, Vec<f32>)> {
        let wiring = wiring(loss, &student, teachers, 6).unwrap();
        let found = wiring.pretraining_gradients(loss, teachers, images.clone()).into_iter();
        found.map(|(number, gradient)| (number, values(&gradient))).collect()
    };
    let names = serde_json::from_value(json!(["first", "second"])).unwrap();
    let loss = factors(Some("second"));
    let teaching = Teaching::new(&loss, Some(&names), Ensemble::default());
    let both = Teachers::new(teaching, vec![first, second.clone()]);
    assert_eq!(gradients(&loss, &both), gradients(&factors(None), &Teachers::one(second)));
}

#[test]
fn terms_of_weight_zero_look_nowhere() {
    let taps = taps(&[("layer1", "layer1")]);
    let features = Features { weight: 0.0.into(), taps, adapter: Adapter::Linear, teacher: None };
    let loss = LossMix { features: Some(features), ..LossMix::default() }.active();
    assert_eq!(loss, LossMix::default());
    let (student, teachers) = (network(1, "student"), Teachers::one(network(2, "teacher")));
    assert!(wiring(&loss, &student, &teachers, 6).is_none());
    assert!(loss.need_teacher().is_empty());
}

#[test]
fn arrays_are_drawn_by_name_and_go_on_where_they_fit() {
    let (student, teachers) = (network(1, "student"), Teachers::one(network(2, "teacher")));
    let all = wiring(&all_of_taps(), &student, &teachers, 6).unwrap();
    let only = LossMix { features: all_of_taps().features, ..LossMix::EMPTY };
    let one = wiring(&only, &student, &teachers, 6).unwrap();
    let names: Vec<String> = one.beside().into_keys().collect();
    assert_eq!(names[..2], ["loss/features/layer1/weight", "loss/features/layer1/bias"]);
    assert!(names.iter().all(|name| is_beside(name)) && names.len() == 6);
    // What else is trained changes nothing.
    assert!(one.beside().iter().all(|(name, array)| all.beside()[name] == *array));

    let mut trained = one.beside();
    trained["loss/features/layer1/bias"].values.fill(7.0);
    let again = |trained: &IndexMap<String, Array>, teachers: &Teachers<Flex>| {
        let draw = Draw::new(0, "student");
        let wiring =
            Wiring::<Flex>::new(&only, &student.graph, teachers, IMAGES, trained, &draw, &FlexDevice);
        wiring.unwrap().unwrap().beside()
    };
    assert_eq!(again(&trained, &teachers), trained);
    // What no gradient changes is drawn by name and goes on too.
    let keeping =
        LossMix { factors: all_of_taps().factors, contrastive: all_of_taps().contrastive, ..LossMix::EMPTY };
    let kept = wiring(&keeping, &student, &teachers, 6).unwrap().beside();
    let names = ["factors/layer3/encoder.1.weight", "contrastive/layer3/student-memory"];
    assert!(names.map(|name| format!("loss/{name}")).iter().all(|name| all.beside()[name] == kept[name]));
    assert_eq!(kept["loss/contrastive/layer3/teacher-memory"].shape, [IMAGES, 128]);
    // Of another shape they are all drawn anew.
    let wider = Teachers::one(network(3, "teacher"));
    assert!(again(&trained, &wider).values().all(|array| !array.values.contains(&7.0)));
}
