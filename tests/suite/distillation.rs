//! Trainings whose losses look inside student and teacher.

use crate::support::{Bench, SMALL, stderr, tables};
use niwaki::data::{Augment, Source, Splits, Synthetic};
use niwaki::distill::Teachers;
use niwaki::draw::Draw;
use niwaki::model::architecture::Resnet;
use niwaki::model::{Model, Network, Trained, Weights};
use niwaki::train::{Checkpoint, Control, Job, Outcome, Settings, train};
use polars::prelude::{DataFrame, Int64Chunked};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What six steps leave of a student with this loss and optimizer whose teacher is twice as wide, from `start` or from
/// initial weights, with checkpoints after `wanted` steps.
pub fn trained(loss: Value, optimizer: Value, start: Option<Checkpoint>, wanted: &[u64]) -> Outcome {
    let source = Synthetic { image: [1, 4, 4], classes: 4, train: 40, test: 16 };
    let splits = Splits::new(Arc::new(Source::Synthetic(source).load().expect("it is made up")), 0.0, 0);
    let settings: Settings =
        serde_json::from_value(json!({ "steps": 6, "batch": 8, "optimizer": optimizer, "loss": loss }))
            .expect("these are settings");
    let training = settings.resolve(40, 0);
    let network = |width, scope: &str| {
        let graph = Model::Resnet(Resnet { depth: 8, width }).graph([1, 4, 4], 4).expect("the images fit");
        let weights = Weights::initial(&graph, &Draw::new(0, scope));
        Trained::new(Arc::new(graph), weights).expect("they are of the graph")
    };
    let device = niwaki::kernel::FlexDevice;
    let job = Job::<'_, niwaki::kernel::Flex> {
        splits: &splits,
        augment: &Augment { crop: 1, flip: false },
        training: &training,
        start: start.unwrap_or_else(|| Checkpoint::start(network(1, "student"))),
        teachers: Some(Teachers::one(Network::from_trained(&network(2, "teacher"), &device))),
        peers: Vec::new(),
        pruning: None,
        draw: Draw::new(0, "student"),
        checkpoints: wanted,
    };
    let stop = AtomicBool::new(false);
    train(job, &device, &Control { stop: &stop, progress: &|_| () }).expect("it learns")
}

fn inside() -> Value {
    json!({
        "cross-entropy": { "weight": 1.0 },
        "features": { "weight": 1.0, "taps": { "layer*": "layer*" }, "adapter": "batch-norm" },
        "variational": { "taps": { "layer1.0.bn1": "layer1.0.bn1" } },
        "decoupled": { "weight": 1.0, "warmup": "12it" },
    })
}

/// Losses that keep something from step to step which no gradient changes, and layers of their own.
fn keeping() -> Value {
    json!({
        "cross-entropy": { "weight": 1.0 },
        "review": { "taps": { "layer*": "layer*", "flatten": "flatten" } },
        "factors": { "weight": 1.0, "taps": { "layer3": "layer3" }, "pretrain": "1ep" },
        "contrastive": { "taps": { "flatten": "flatten" }, "dimensions": 8, "negatives": 12 },
    })
}

pub fn optimizers() -> [Value; 2] {
    [json!({ "sgd": { "lr": 0.01, "momentum": 0.9, "weight-decay": 1e-3 } }), json!({ "adam": {} })]
}

#[test]
fn a_training_goes_on_from_a_checkpoint_with_its_adapters() {
    for optimizer in optimizers() {
        let whole = trained(inside(), optimizer.clone(), None, &[3, 6]);
        let [halfway, end] = &whole.checkpoints[..] else { panic!("two were wanted") };
        assert!(
            halfway.beside.contains_key("loss/variational/layer1.0.bn1/scale"),
            "{:?}",
            halfway.beside.keys()
        );
        assert_ne!(halfway.beside, end.beside);
        let rest = trained(inside(), optimizer.clone(), Some(halfway.clone()), &[6]);
        assert_eq!(rest.checkpoints[0], *end);
        // Adapters of their initial values lead elsewhere.
        let without = Checkpoint { beside: Default::default(), ..halfway.clone() };
        let other = trained(inside(), optimizer, Some(without), &[6]);
        assert_ne!(other.kept, whole.kept);
    }
}

/// The memory, its constants and the paraphraser are those of the checkpoint, and what is drawn is drawn by its step: a
/// training that was cut in two gives what one in one piece gives.
#[test]
fn a_training_goes_on_from_a_checkpoint_with_what_its_losses_keep() {
    const MEMORY: &str = "loss/contrastive/flatten/student-memory";
    const CONSTANTS: &str = "loss/contrastive/flatten/constants";
    const PARAPHRASER: &str = "loss/factors/layer3/encoder.0.weight";
    for optimizer in optimizers() {
        let whole = trained(keeping(), optimizer.clone(), None, &[0, 3, 6]);
        let [start, halfway, end] = &whole.checkpoints[..] else { panic!("three were wanted") };
        assert_eq!(halfway.beside[MEMORY].shape, [40, 8]);
        // Three batches of eight were remembered, and each image of the epoch of five batches is there once.
        let changed = |from: &Checkpoint, to: &Checkpoint| {
            let rows = from.beside[MEMORY].values.chunks(8).zip(to.beside[MEMORY].values.chunks(8));
            rows.filter(|(from, to)| from != to).count()
        };
        assert_eq!((changed(start, halfway), changed(start, end)), (24, 40));
        assert_eq!(start.beside[CONSTANTS].values, [0.0, 0.0]);
        assert!(halfway.beside[CONSTANTS].values.iter().all(|&constant| constant > 0.0));
        // Known after the first step, they stay; the paraphraser is trained before it.
        for kept in [CONSTANTS, PARAPHRASER] {
            assert_eq!(halfway.beside[kept], end.beside[kept], "{kept}");
        }
        assert_eq!(start.beside[PARAPHRASER], end.beside[PARAPHRASER]);
        assert!(end.optimizer.keys().all(|name| !name.contains("encoder") && !name.contains("memory")));
        for from in [start, halfway] {
            let rest = trained(keeping(), optimizer.clone(), Some(from.clone()), &[6]);
            assert_eq!(rest.checkpoints[0], *end, "from step {}", from.step);
        }
        // Without what was remembered it leads elsewhere.
        let mut forgotten = halfway.clone();
        forgotten.beside[MEMORY] = start.beside[MEMORY].clone();
        assert_ne!(trained(keeping(), optimizer, Some(forgotten), &[6]).kept, whole.kept);
    }
}

#[test]
fn a_paraphraser_is_trained_before_the_student_and_not_with_it() {
    let [_, adam] = optimizers();
    let paraphraser = |pretrain: &str| {
        let mut loss = keeping();
        loss["factors"]["pretrain"] = json!(pretrain);
        let start = trained(loss, adam.clone(), None, &[0]).checkpoints.remove(0);
        start.beside["loss/factors/layer3/decoder.2.bias"].clone()
    };
    let (drawn, short, long) = (paraphraser("0it"), paraphraser("5it"), paraphraser("2ep"));
    assert!(drawn != short && short != long);
    // Durations of one length are one.
    assert_eq!(short, paraphraser("1ep"));
}

#[test]
fn what_is_trained_beside_the_student_is_no_part_of_it() {
    let [sgd, _] = optimizers();
    let (plain, taught) = (
        trained(json!({ "cross-entropy": { "weight": 1.0 } }), sgd.clone(), None, &[]),
        trained(inside(), sgd, None, &[]),
    );
    assert_eq!(plain.kept.graph(), taught.kept.graph());
    assert!(plain.kept.weights().0.keys().eq(taught.kept.weights().0.keys()));
    assert_ne!(plain.kept, taught.kept);
}

#[test]
fn terms_of_weight_zero_change_nothing() {
    let [sgd, _] = optimizers();
    let zero = json!({ "cross-entropy": { "weight": 1.0 }, "flow": { "weight": 0.0, "taps": { "layer*": "layer*" } } });
    let (plain, silent) = (
        trained(json!({ "cross-entropy": { "weight": 1.0 } }), sgd.clone(), None, &[6]),
        trained(zero, sgd, None, &[6]),
    );
    assert_eq!(plain.checkpoints, silent.checkpoints);
    assert_eq!(plain.history, silent.history);
}

#[test]
fn history_has_every_term_with_and_without_its_weight() {
    let [sgd, _] = optimizers();
    let last = trained(inside(), sgd, None, &[]).history.pop().expect("the end is evaluated");
    let names = ["cross-entropy", "decoupled", "features", "variational"];
    assert!(last.terms.keys().eq(&names) && last.weighted.keys().eq(&names), "{last:?}");
    assert_eq!(last.terms["features"], last.weighted["features"]);
    // Its weight is below one in every step.
    assert!(last.weighted["decoupled"] < last.terms["decoupled"], "{last:?}");
    let sum: f64 = last.weighted.values().sum();
    let loss = last.loss_train.expect("steps were taken");
    assert!((sum - loss).abs() < 1e-4 * loss.abs(), "{sum} is not {loss}");
}

/// A student is distilled by features, loses channels and recovers so, is rewound so, and loses a block that is tapped.
const WHOLE: &str = r#"
title = "Looking inside"

[data]
source.synthetic = { image = [1, 4, 4], classes = 4, train = 60, test = 20 }

[stage.teacher.train]
model.resnet = { depth = 8, width = 2 }
steps = 6
batch = 10
optimizer.sgd = { lr = 0.02 }

[stage.student.train]
model.resnet = { depth = 14 }
steps = 6
batch = 10
optimizer.sgd = { lr = 0.02, momentum = 0.9 }
teacher = "teacher"

[stage.student.train.loss]
cross-entropy = 1.0
features = { weight = 0.1, taps = { "layer*" = "layer*" } }
review = { weight = 0.1, taps = { "layer*" = "layer*", avgpool = "avgpool" } }
factors = { weight = 1.0, taps = { layer3 = "layer3" }, pretrain = "2it" }
contrastive = { taps = { flatten = "flatten" }, dimensions = 8 }

[stage.small.prune]
from = "student"
granularity = "channel"
importance = "taylor"
target.macs = 0.6
recover.steps = 4

[stage.ticket.prune]
from = "student"
importance = "magnitude"
target.sparsity = 0.5
recover = { steps = 6, rewind = "2it" }

[stage.rigl.prune]
from = "student"
importance = "magnitude"
target.sparsity = 0.5
recover = { steps = 4, regrow.rigl = { every = "2it", fraction = 0.3, until = "4it" } }
"#;

#[test]
fn a_whole_experiment_looks_inside() {
    let bench = Bench::new(WHOLE);
    let numbers = bench.run(&["--workers", "2"]);
    let history = tables(&bench.results()).history;
    let columns = ["features", "features_weighted", "cross-entropy_weighted"];
    for column in columns.into_iter().chain(["review", "factors", "contrastive_weighted"]) {
        let values = history.column(column).expect("the term has a column").f64().expect("it holds numbers");
        let is_positive = |row| values.get(row).is_some_and(|value| value > 0.0);
        assert!((0..values.len()).any(is_positive), "{column}");
    }
    let again = bench.run(&["--fresh", "--workers", "1"]);
    numbers.assert_same(&again);
}

#[test]
fn columns_of_teachers_and_classes_agree_with_what_was_measured() {
    let bench = Bench::new(SMALL);
    bench.run(&[]);
    let tables = tables(&bench.results());
    let (rows, classes) = (tables.measurements, tables.classes.expect("classes are counted"));
    let real = |name: &str| rows.column(name).unwrap().f64().unwrap().clone();
    let key = |table: &DataFrame| table.column("key").unwrap().str().unwrap().clone();
    let (stage, seed) = (rows.column("stage").unwrap().str().unwrap(), rows.column("seed").unwrap());
    let (accuracy, of_teacher, divergence) = (real("accuracy"), real("teacher_accuracy"), real("teacher_kl"));
    let dense = |row: usize| {
        let is_its_own = |&other: &usize| {
            stage.get(other) == Some("dense")
                && seed.i64().unwrap().get(other) == seed.i64().unwrap().get(row)
        };
        (0..rows.height()).find(is_its_own).and_then(|other| accuracy.get(other))
    };
    let (keys, of_classes) = (key(&rows), key(&classes));
    let whole = |name: &str| classes.column(name).unwrap().i64().unwrap().clone();
    let (images, correct, predicted) = (whole("images"), whole("correct"), whole("predicted"));
    for row in 0..rows.height() {
        let is_taught = stage.get(row) == Some("sparse");
        assert_eq!(of_teacher.get(row), dense(row).filter(|_| is_taught));
        assert_eq!(divergence.get(row).is_some_and(|nats| nats > 0.0), is_taught);
        let of_row = || (0..classes.height()).filter(|&class| of_classes.get(class) == keys.get(row));
        let sum = |of: &Int64Chunked| of_row().filter_map(|class| of.get(class)).sum::<i64>() as f64;
        assert!(sum(&images) > 0.0 && sum(&images) == sum(&predicted));
        assert_eq!(accuracy.get(row), Some(sum(&correct) / sum(&images)));
    }
}

#[test]
fn a_tap_that_was_pruned_away_is_an_error_of_its_node() {
    let text = WHOLE
        .replace("target.macs = 0.6", "target.parameters = 0.46")
        .replace("granularity = \"channel\"", "granularity = \"layer\"");
    let text = text.replace(
        "recover.steps = 4",
        "recover = { steps = 4, loss = { cross-entropy = 1.0, features.taps = { \"layer3.1.bn2\" = \"layer3.0.bn2\" } } }",
    );
    let output = Bench::new(&text).niwaki("run", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let error = "the loss `features` cannot look at `layer3.1.bn2`: the student has no node `layer3.1.bn2`";
    assert!(stderr(&output).contains(error), "{}", stderr(&output));
}

/// A student that looks inside its teacher, pruned and rewound with another teacher and other terms.
const REWOUND: &str = r#"
title = "Rewound to another teacher"
data.source.synthetic = { image = [1, 4, 4], classes = 4, train = 60, test = 20 }

[stage.narrow.train]
model.mlp = { hidden = [12] }
steps = 3

[stage.wide.train]
model.mlp = { hidden = [20] }
steps = 3

[stage.other.train]
model.mlp = { hidden = [12] }
steps = 9

[stage.student.train]
model.mlp = { hidden = [8] }
steps = 12
batch = 10
teacher = "narrow"
loss = { cross-entropy = 1.0, features = { weight = 1.0, taps = { fc1 = "fc1" } } }

[stage.again.prune]
from = "student"
importance = "magnitude"
target.sparsity = 0.5
recover = { rewind = "6it" }

[sweep]
stage.again.prune.recover.teacher = ["narrow", "wide", "other"]
stage.again.prune.recover.loss = [
    { cross-entropy = 1.0, features = { weight = 1.0, taps = { fc1 = "fc1" } } },
    { cross-entropy = 1.0, features = { weight = 0.5, taps = { fc1 = "fc1" } }, similarity.taps = { fc1 = "fc1" } },
    { cross-entropy = 1.0, features = { weight = 1.0, taps = { fc1 = "fc2" } } },
]
"#;

#[test]
fn a_rewound_training_of_another_loss_or_teacher_draws_its_adapters_anew() {
    let bench = Bench::new(REWOUND);
    let output = bench.niwaki("run", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
}

// A paraphraser of the first teacher has the shapes of one of the second.
#[test]
fn what_is_trained_for_one_teacher_is_not_taken_for_another() {
    let factors = |pretrain: &str| {
        format!(
            r#"{{ cross-entropy = 1.0, factors = {{ weight = 5.0, taps = {{ layer3 = "layer3" }}, pretrain = "{pretrain}" }} }}"#
        )
    };
    let text = REWOUND
        .replace("model.mlp = { hidden = [12] }", "model.resnet = { depth = 8 }")
        .replace("model.mlp = { hidden = [8] }", "model.resnet = { depth = 8 }")
        .replace(
            r#"{ cross-entropy = 1.0, features = { weight = 1.0, taps = { fc1 = "fc1" } } }"#,
            &factors("3it"),
        );
    let bench = Bench::new(&text);
    let axis = format!("sweep.stage.again.prune.recover.loss=[{}, {}]", factors("3it"), factors("30it"));
    bench.run(&["--set", &axis, "--set", r#"sweep.stage.again.prune.recover.teacher=["other"]"#]);
    let rows = tables(&bench.results()).measurements;
    let (stage, loss) =
        (rows.column("stage").unwrap().str().unwrap(), rows.column("loss").unwrap().f64().unwrap());
    let rewound: Vec<_> = (0..rows.height()).filter(|&row| stage.get(row) == Some("again")).collect();
    let [short, long] = rewound[..] else { panic!("there are two rewound networks") };
    assert_ne!(
        loss.get(short),
        loss.get(long),
        "the new teacher's paraphraser is trained as long as it says"
    );
}
