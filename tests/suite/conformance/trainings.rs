//! Whole trainings: from the same initial weights, batches and masks a few steps give the same weights, but for
//! rounding.
//!
//! Optimizers, losses and importances are those of the schemas, so a new one is tested as soon as there is one.

use super::others;
use niwaki::backend::{BackendKind, WithBackend, with_backend};
use niwaki::data::{Augment, Source, Splits, Synthetic};
use niwaki::distill::{LossMix, Objective, Teachers, Teaching};
use niwaki::draw::Draw;
use niwaki::kernel::Kernel;
use niwaki::model::architecture::{Mlp, Resnet, Vgg};
use niwaki::model::{Cost, Graph, Init, Model, Network, Trained, Weights};
use niwaki::prune::{
    Amount, ChannelLimits, Granularity, Importance, Mask, MaskControl, Masks, Normalizer, Pruned, Pruning,
    Ranking, Reduction, Request, ScoringData, prune,
};
use niwaki::train::{
    Checkpoint, Control, Job, Keep, LrSchedule, Optimizer, Outcome, Penalty, RecoveryBudget, RecoveryWeights,
    Sgd, Training, train,
};
use schemars::{JsonSchema, schema_for};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const BATCH: usize = 8;
const CLASSES: usize = 10;

/// A training of a few steps.
#[derive(Clone)]
struct Case {
    name: String,
    model: Model,
    image: [usize; 3],
    optimizer: Optimizer,
    loss: LossMix,
    steps: u64,
    /// One weight in so many is kept.
    kept_of: usize,
    /// After so many steps a checkpoint, from which the training starts again.
    rewound: Option<u64>,
}

impl Case {
    fn new(name: &str, model: Model, image: [usize; 3]) -> Self {
        // At higher rates a rounding grows tenfold in a step.
        let optimizer = Optimizer::Sgd(Sgd { lr: 1e-3, momentum: 0.9, nesterov: false, weight_decay: 5e-4 });
        let loss = LossMix::default();
        Self { name: name.to_owned(), model, image, optimizer, loss, steps: 10, kept_of: 1, rewound: None }
    }

    /// A network with batch norm, shortcuts and strides, which is small.
    fn resnet(name: &str) -> Self {
        Self::new(name, Model::Resnet(Resnet { depth: 8, width: 1 }), [3, 12, 12])
    }

    fn graph(&self) -> Arc<Graph> {
        Arc::new(self.model.graph(self.image, CLASSES).expect("the images fit the network"))
    }

    fn splits(&self) -> Splits {
        let source = Synthetic { image: self.image, classes: CLASSES, train: 5 * BATCH + 3, test: 20 };
        Splits::new(Arc::new(Source::Synthetic(source).load().expect("made-up images can be had")), 0.0, 0)
    }

    fn training(&self, steps: u64) -> Training {
        Training {
            steps,
            batch: BATCH,
            optimizer: self.optimizer.clone(),
            lr_schedule: LrSchedule::default(),
            warmup: 0,
            loss: self.loss.clone(),
            teaching: Teaching::default(),
            penalty: Penalty::default(),
            evaluate: 5,
            keep: Keep::Last,
            init: Init::default(),
            masking: None,
            weights: RecoveryWeights::default(),
            budget: RecoveryBudget::default(),
            samples_per_class: None,
            recalibrate: None,
        }
    }

    fn start(&self) -> Checkpoint {
        let graph = self.graph();
        let mut masks = Masks::full(&graph, &graph.prunable());
        for mask in masks.0.values_mut() {
            *mask = (0..mask.size()).map(|index| index % self.kept_of == 0).collect();
        }
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let masks = if self.kept_of > 1 { masks } else { Masks::default() };
        Checkpoint::start(Trained::new(graph, weights).expect("they are of the graph")).masked(masks)
    }
}

impl WithBackend for &Case {
    type Output = Outcome;

    fn call<B: Kernel>(self, device: B::Device) -> Outcome {
        let (splits, graph) = (self.splits(), self.graph());
        let teacher = Weights::initial(&graph, &Draw::new(1, "teacher"));
        let teacher = Network::<B>::new(graph, &teacher, &device);
        let run = |start, steps, checkpoints: &[u64]| {
            let job = Job::<'_, B> {
                splits: &splits,
                augment: &Augment { crop: 2, flip: true },
                training: &self.training(steps),
                start,
                teachers: Some(Teachers::one(teacher.clone())),
                peers: Vec::new(),
                pruning: None,
                draw: Draw::new(0, "dense"),
                checkpoints,
            };
            let control = Control { stop: &AtomicBool::new(false), progress: &|_| {} };
            train(job, &device, &control).expect("it learns")
        };
        match self.rewound {
            None => run(self.start(), self.steps, &[]),
            Some(step) => {
                let checkpoint = run(self.start(), self.steps, &[step]).checkpoints.remove(0);
                run(checkpoint, self.steps, &[])
            }
        }
    }
}

fn assert_conforms(case: &Case) {
    let flex = with_backend(BackendKind::Flex, case).expect("Flex is always there");
    for kind in others() {
        let found = with_backend(kind, case).expect("it is available");
        let what = format!("{} on {kind}", case.name);
        assert_near(&what, found.kept.weights(), flex.kept.weights());
        assert_eq!(found.masks, flex.masks, "{what}");
        assert_eq!(found.history.len(), flex.history.len(), "{what}");
        let gap = (found.test.nll - flex.test.nll).abs();
        assert!(gap <= 1e-4 * flex.test.nll.abs(), "{what}: the test loss differs by {gap}");
    }
}

/// Asserts that each array differs by at most a ten-thousandth of its length, which counts as 0.1 where it is
/// less: biases begin at zero.
fn assert_near(what: &str, found: &Weights, expected: &Weights) {
    assert!(found.0.keys().eq(expected.0.keys()), "{what}");
    for ((name, found), expected) in found.0.iter().zip(expected.0.values()) {
        let length =
            |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
        let pairs = found.values.iter().zip(&expected.values);
        let distance = length(&mut pairs.map(|(found, expected)| f64::from(found - expected)));
        let size = length(&mut expected.values.iter().copied().map(f64::from));
        assert!(distance <= 1e-4 * size.max(0.1), "{what}: {name} differs by {distance:e} of {size:e}");
    }
}

/// What `T` can be, by the names that its schema has: each as it is without settings, or with those of `needed`.
fn variants<T: JsonSchema + DeserializeOwned>(needed: &Value) -> Vec<(String, T)> {
    let schema = schema_for!(T).to_value();
    let alternatives = schema["oneOf"].as_array().expect("it is one of several");
    let mut names = Vec::new();
    for alternative in alternatives {
        names.extend(alternative["const"].as_str().map(str::to_owned));
        names.extend(
            alternative["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned),
        );
        names.extend(alternative["properties"].as_object().into_iter().flat_map(|keys| keys.keys().cloned()));
    }
    assert!(!names.is_empty(), "{schema}");
    let variant = |name: String| {
        let forms = [json!(name), json!({ &name: needed.get(&name).unwrap_or(&json!({})) })];
        let found = forms.into_iter().find_map(|form| serde_json::from_value(form).ok());
        let found = found.unwrap_or_else(|| panic!("say with which settings `{name}` is tested"));
        (name, found)
    };
    names.into_iter().map(variant).collect()
}

#[test]
fn every_kind_of_network_trains_alike() {
    assert_conforms(&Case::new("mlp", Model::Mlp(Mlp { hidden: vec![20, 10] }), [1, 8, 8]));
    assert_conforms(&Case::new("lenet-5", Model::Lenet5, [1, 28, 28]));
    assert_conforms(&Case::resnet("resnet"));
    // Of batches of eight single pixels its last norms make most: roundings grow faster than elsewhere. A software
    // driver takes half a minute a step.
    let optimizer = Optimizer::Sgd(Sgd { lr: 1e-4, momentum: 0.9, nesterov: false, weight_decay: 5e-4 });
    let vgg = Case::new("vgg", Model::Vgg(Vgg { depth: 11 }), [3, 32, 32]);
    assert_conforms(&Case { optimizer, steps: 4, ..vgg });
}

#[test]
fn pruned_and_rewound_networks_train_alike() {
    assert_conforms(&Case { kept_of: 3, ..Case::resnet("a pruned network") });
    assert_conforms(&Case { rewound: Some(4), ..Case::resnet("a rewound network") });
    let mlp = Case::new("a sparse mlp", Model::Mlp(Mlp { hidden: vec![100, 50] }), [1, 8, 8]);
    assert_conforms(&Case { kept_of: 20, rewound: Some(4), ..mlp });
}

#[test]
fn every_optimizer_trains_alike() {
    for (name, optimizer) in variants(&json!({ "sgd": { "lr": 1e-3 } })) {
        assert_conforms(&Case { optimizer, kept_of: 3, ..Case::resnet(&name) });
    }
}

#[test]
fn every_loss_trains_alike() {
    let schema = schema_for!(LossMix).to_value();
    for name in schema["properties"].as_object().expect("a table of terms").keys() {
        let table = json!({ "weight": 1.0, "temperature": 2.0 });
        let taps = json!({ "weight": 0.01, "taps": { "layer*": "layer*" } });
        let forms = [json!(1.0), json!({ "weight": 1.0 }), table, taps].map(|form| json!({ name: form }));
        let loss = forms.into_iter().find_map(|form| serde_json::from_value(form).ok());
        let loss = loss.unwrap_or_else(|| panic!("say with which settings `{name}` is tested"));
        assert_conforms(&Case { loss, ..Case::resnet(name) });
    }
}

/// One round of pruning of the initial network.
struct Round<'a> {
    case: &'a Case,
    importance: Importance,
    granularity: Granularity,
}

impl WithBackend for &Round<'_> {
    type Output = Pruned;

    fn call<B: Kernel>(self, device: B::Device) -> Pruned {
        let (splits, start) = (self.case.splits(), self.case.start());
        let pruning = Pruning {
            importance: self.importance.clone(),
            granularity: self.granularity,
            reduction: Reduction::default(),
            normalization: Normalizer::default(),
            ranking: Ranking::default(),
            control: MaskControl::default(),
            limits: ChannelLimits::default(),
            request: Request::Overall(Amount::To(0.6)),
            layers: start.network.graph().prunable().into(),
        };
        let data = ScoringData {
            objective: Objective { loss: &self.case.loss, teachers: None, wiring: None },
            splits: &splits,
            batch: BATCH,
            draw: &Draw::new(0, "sparse/1"),
            device: &device,
            movement: None,
            stop: &AtomicBool::new(false),
        };
        let origin = Cost::of(start.network.graph());
        prune::<B>(&pruning, start.network, start.masks, &origin, &data).expect("the scores are numbers")
    }
}

/// Where scores are nearly equal, rounding decides. `movement`, which is of a training, is in
/// [`super::experiments`].
#[test]
fn every_importance_prunes_alike() {
    let importances = variants::<Importance>(&json!({ "sensitivity": { "batches": 1 } })).into_iter();
    for (name, importance) in importances.filter(|(_, importance)| !importance.is_of_training()) {
        let case = Case::resnet(&name);
        // Measuring every weight by itself would take hours.
        let large = Granularity::Block([NonZeroUsize::new(64).expect("it is not 0"); 2]);
        let is_measured = matches!(importance, Importance::Sensitivity(_));
        let granularity = if is_measured { large } else { Granularity::Weight };
        let round = Round { case: &case, importance, granularity };
        let flex = with_backend(BackendKind::Flex, &round).expect("Flex is always there");
        for kind in others() {
            let found = with_backend(kind, &round).expect("it is available");
            let differ = |(found, expected): (&Mask, &Mask)| {
                found.iter().zip(expected.iter()).filter(|(found, expected)| found != expected).count()
            };
            let differ: usize = found.masks.0.values().zip(flex.masks.0.values()).map(differ).sum();
            let size: usize = flex.masks.0.values().map(Mask::size).sum();
            // Nothing is computed that rounding could change.
            let most = if ["magnitude", "random"].contains(&&*name) { 0 } else { size / 1000 };
            assert!(differ <= most, "{name} on {kind}: {differ} of {size} masks differ");
        }
    }
}
