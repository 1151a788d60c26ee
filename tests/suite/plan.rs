//! Sharing and keys: what trials have in common is done once, and what can change a number has another
//! key.

use crate::support::Bench;
use niwaki::data::Fingerprint;
use niwaki::model::Init;
use niwaki::plan::{Plan, Recovery, Work, plan};
use niwaki::spec::load;
use std::collections::BTreeMap;
use std::fs;

/// Plans `text` with `--set` assignments.
fn planned(text: &str, set: &[&str]) -> Plan {
    Bench::new(text).plan(set)
}

fn counts(text: &str) -> (usize, usize, u64) {
    let plan = planned(text, &[]);
    (plan.trials.len(), plan.nodes.len(), plan.nodes_unshared())
}

/// Keys of the first trial's last node of each stage.
fn keys(text: &str, set: &[&str]) -> BTreeMap<String, String> {
    let plan = planned(text, set);
    let last = plan.trials[0]
        .stages
        .iter()
        .map(|stage| plan.nodes[stage.nodes[stage.nodes.len() - 1]].key.to_string());
    plan.stages.iter().cloned().zip(last).collect()
}

const BASE: &str = r#"
title = "A case"
[data]
source.synthetic = { train = 100, test = 20 }
validation = 0.2
[stage.dense.train]
model.mlp = { hidden = [10] }
epochs = 20
[stage.sparse.prune]
from = "dense"
importance = "magnitude"
target.sparsity = 0.9
recover.epochs = 5
"#;

// 3 dense networks, one a seed, shared by 3 importances × 5 sparsities: 3 + 3·15 nodes; without sharing
// each of 45 trials has a dense one and a sparse one.
#[test]
fn one_dense_network_a_seed_serves_every_importance_and_sparsity() {
    let sweep = r#"
        [sweep]
        seed = [0, 1, 2]
        stage.sparse.prune.importance = ["magnitude", "random", { taylor = { batches = 8 } }]
        stage.sparse.prune.target.sparsity = [0.5, 0.8, 0.9, 0.95, 0.98]
    "#;
    assert_eq!(counts(&format!("{BASE}{sweep}")), (45, 48, 90));
}

// 100 training images less 20 for validation make 2 steps an epoch of 64: 3·40 dense steps and 45·10 in
// recoveries, where unshared trials take 45·(40 + 10).
#[test]
fn steps_are_counted_with_and_without_sharing() {
    let sweep = r#"
        [sweep]
        seed = [0, 1, 2]
        stage.sparse.prune.importance = ["magnitude", "random", "taylor"]
        stage.sparse.prune.target.sparsity = [0.5, 0.8, 0.9, 0.95, 0.98]
    "#;
    let plan = planned(&format!("{BASE}{sweep}"), &[]);
    assert_eq!((plan.steps(), plan.steps_unshared()), (3 * 40 + 45 * 10, 45 * 50));
}

// Chains of 5, 10 and 20 rounds at the same rate are one chain of 20, behind one dense network; unshared
// they are (1 + 5) + (1 + 10) + (1 + 20).
#[test]
fn one_chain_of_rounds_serves_every_length_of_it() {
    let text = BASE.replace("target.sparsity = 0.9", "schedule.geometric = { rate = 0.2, rounds = 5 }");
    let sweep = "[sweep]\nstage.sparse.prune.schedule.geometric.rounds = [5, 10, 20]";
    assert_eq!(counts(&format!("{text}{sweep}")), (3, 21, 38));
}

// One teacher a seed for four students each.
#[test]
fn one_teacher_a_seed_serves_every_student() {
    let text = r#"
        title = "A case"
        data.source.synthetic = {}
        [stage.teacher.train]
        model.mlp = { hidden = [20] }
        epochs = 2
        [stage.student.train]
        model.mlp = { hidden = [4] }
        epochs = 2
        teacher = "teacher"
        [sweep]
        seed = [0, 1]
        stage.student.train.loss = [
            { cross-entropy = 1.0 },
            { logits = 1.0 },
            { soft-labels = { weight = 1.0, temperature = 1.0 } },
            { soft-labels = { weight = 1.0, temperature = 4.0 } },
        ]
    "#;
    assert_eq!(counts(text), (8, 10, 16));
}

#[test]
fn the_prunings_of_a_pruned_network_share_it() {
    let text = format!(
        "{BASE}{}",
        r#"
        [stage.sparser.prune]
        from = "sparse"
        importance = "magnitude"
        target.sparsity = 0.95
        [sweep]
        stage.sparser.prune.target.sparsity = [0.95, 0.98]
    "#
    );
    assert_eq!(counts(&text), (2, 4, 6));
}

#[test]
fn order_comments_titles_and_charts_do_not_matter() {
    let other = r#"
        # The same, in another order and other words.
        [stage.sparse]
        prune = { recover = { epochs = 5 }, target = { sparsity = 0.90 }, importance = "magnitude", from = "dense" }
        [stage.dense.train]
        epochs = 20
        model = { mlp = { hidden = [10] } }
        [data]
        validation = 0.2
        source.synthetic = { test = 20, train = 100 }
        [[chart]]
        stage = "sparse"
    "#;
    let other = format!("question = \"Another?\"\ntitle = \"Another title\"\n{other}");
    assert_eq!(keys(BASE, &[]), keys(&other, &[]));
}

#[test]
fn what_is_said_by_default_and_in_words_is_the_same() {
    let said = [
        "stage.dense.train.batch=64",
        "stage.dense.train.optimizer=\"adam\"",
        "stage.dense.train.lr-schedule=\"constant\"",
        "stage.dense.train.loss={ cross-entropy = { weight = 1, smoothing = 0.0 }, logits = 0.0 }",
        "stage.sparse.prune.granularity=\"weight\"",
        "stage.dense.train.init=\"kaiming-fan-in\"",
        "stage.sparse.prune.recover.optimizer.adam.lr=1e-3",
        "stage.sparse.prune.recover.warmup=\"0it\"",
        "stage.sparse.prune.schedule=\"one-shot\"",
        "stage.sparse.prune.allocation=\"global\"",
        "stage.sparse.prune.masks=\"scored\"",
        "stage.sparse.prune.recover.weights=\"kept\"",
        "stage.dense.train.steps=40",
    ];
    assert_eq!(keys(BASE, &[]), keys(BASE, &said));
}

/// A setting, and whether it changes the key of `dense` and of `sparse`.
#[test]
fn every_setting_that_matters_changes_the_keys_that_depend_on_it() {
    let both = (true, true);
    let sparse = (false, true);
    let cases = [
        ("seed=1", both),
        ("backend=ndarray", both),
        ("data.validation=0.3", both),
        ("data.augment.flip=true", both),
        ("data.source.synthetic.train=101", both),
        ("stage.dense.train.model.mlp.hidden=[11]", both),
        ("stage.dense.train.epochs=21", both),
        ("stage.dense.train.batch=32", both),
        ("stage.dense.train.optimizer.adam.lr=0.01", both),
        ("stage.dense.train.optimizer.sgd.lr=0.01", both),
        ("stage.dense.train.lr-schedule.cosine.to=1e-4", both),
        ("stage.dense.train.warmup=\"1it\"", both),
        ("stage.dense.train.loss.cross-entropy={ weight = 1.0, smoothing = 0.1 }", both),
        ("stage.dense.train.init=\"pytorch\"", both),
        ("stage.dense.train.evaluate=\"3it\"", both),
        ("stage.dense.train.keep=\"last\"", both),
        ("stage.sparse.prune.importance=\"random\"", sparse),
        ("stage.sparse.prune.importance.taylor.batches=3", sparse),
        ("stage.sparse.prune.importance.taylor.squared=true", sparse),
        ("stage.sparse.prune.importance.synflow.passes=10", sparse),
        ("stage.sparse.prune.importance.grasp.temperature=1.0", sparse),
        ("stage.sparse.prune.importance.fisher.batches=3", sparse),
        ("stage.sparse.prune.importance.optimal-brain-surgeon.dampening=1e-3", sparse),
        ("stage.sparse.prune.importance.optimal-brain-surgeon.block-size=10", sparse),
        ("stage.sparse.prune.target.sparsity=0.8", sparse),
        ("stage.sparse.prune.granularity.block=[2, 2]", sparse),
        ("stage.sparse.prune.allocation=\"uniform\"", sparse),
        ("stage.sparse.prune.allocation=\"erk\"", sparse),
        ("stage.sparse.prune.allocation=\"lamp\"", sparse),
        ("stage.sparse.prune.target.macs=0.5", sparse),
        ("stage.sparse.prune.target.parameters=0.5", sparse),
        ("stage.sparse.prune.target.threshold=0.5", sparse),
        ("stage.sparse.prune.masks=\"shuffled\"", sparse),
        ("stage.sparse.prune.masks=\"inverted\"", sparse),
        ("stage.sparse.prune.recover.weights=\"reinitialized\"", sparse),
        ("stage.sparse.prune.recover.samples-per-class=5", sparse),
        ("stage.sparse.prune.schedule.linear.rounds=2", sparse),
        ("stage.sparse.prune.layers.exclude=[\"fc2\"]", sparse),
        ("stage.sparse.prune.recover.epochs=6", sparse),
        ("stage.sparse.prune.recover.rewind=\"0it\"", sparse),
        ("stage.sparse.prune.recover.rewind=\"1it\"", sparse),
        ("stage.sparse.prune.recover.optimizer.adam.lr=0.01", sparse),
        ("stage.sparse.prune.recover={ epochs = 5, loss.logits = 1.0, teacher = \"dense\" }", sparse),
        ("stage.sparse.prune.recover.loss.cross-entropy=0.5", sparse),
    ];
    let base = keys(BASE, &[]);
    let mut seen = vec![base["sparse"].clone()];
    for (set, (dense, sparse)) in cases {
        let now = keys(BASE, &[set]);
        assert_eq!(now["dense"] != base["dense"], dense, "{set}");
        assert_eq!(now["sparse"] != base["sparse"], sparse, "{set}");
        assert!(!seen.contains(&now["sparse"]), "{set} gives the key of another setting");
        seen.push(now["sparse"].clone());
    }
}

// 2 steps an epoch: the last of 20 epochs begins at step 38.
#[test]
fn a_rewound_learning_rate_starts_late_in_the_original_training() {
    let plan = planned(&BASE.replace("recover.epochs = 5", "recover.lr-rewind = \"1ep\""), &[]);
    let node = &plan.nodes[1];
    assert_eq!((node.steps, node.training().steps), (2, 40));
    assert!(matches!(&node.work, Work::Round(round) if round.recovery == Recovery::FineTune { start: 38 }));
}

#[test]
fn what_a_rewinding_does_with_the_optimizer_is_in_its_key() {
    let text = BASE.replace("recover.epochs = 5", "recover.rewind = \"1ep\"");
    let key = |set: &[&str]| keys(&text, set)["sparse"].clone();
    let state = "stage.sparse.prune.recover.optimizer-state";
    assert_eq!(key(&[]), key(&[&format!("{state}=\"restored\"")]));
    assert_ne!(key(&[]), key(&[&format!("{state}=\"fresh\"")]));
}

// 5 images of each of 10 classes are one step of 64; 80 images are two.
#[test]
fn a_few_shot_recovery_has_shorter_epochs() {
    let few = ["stage.sparse.prune.recover.samples-per-class=5"];
    let steps = |set: &[&str]| planned(BASE, set).nodes[1].steps;
    assert_eq!((steps(&[]), steps(&few)), (10, 5));
}

// What recalibrates alone takes no length from `dense`.
#[test]
fn a_recalibration_alone_trains_nothing() {
    let text = BASE.replace("model.mlp = { hidden = [10] }", "model.resnet = { depth = 8 }");
    let alone = text.replace("recover.epochs = 5", "recover.recalibrate = {}");
    let node = &planned(&alone, &[]).nodes[1];
    assert_eq!((node.steps, node.training().steps), (0, 0));
    assert_eq!(node.training().recalibrate.map(|recalibrate| recalibrate.batches), Some(100));
    let after = planned(&text, &["stage.sparse.prune.recover.recalibrate.batches=7"]);
    assert_eq!(after.nodes[1].steps, 10);
    // A recovery after it goes on from the training before.
    let later = "[stage.later.prune]\nfrom = \"sparse\"\nimportance = \"random\"\ntarget.sparsity = 0.95\nrecover = {}";
    let plan = planned(&format!("{alone}{later}"), &[]);
    assert_eq!(plan.nodes[2].training().steps, 40);
}

// Drawn as the original training draws its weights.
#[test]
fn new_weights_are_drawn_by_the_law_of_the_original_training() {
    let set =
        ["stage.dense.train.init=\"glorot-normal\"", "stage.sparse.prune.recover.weights=\"reinitialized\""];
    let init = |set: &[&str]| planned(BASE, set).nodes[1].training().init;
    assert_eq!((init(&set), init(&set[..1])), (Init::GlorotNormal, Init::default()));
}

#[test]
fn where_the_files_lie_does_not_matter_and_what_is_in_them_does() {
    let text =
        BASE.replace("source.synthetic = { train = 100, test = 20 }", "source.mnist = { dir = \"there\" }");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("case.toml");
    fs::write(&file, text).expect("it can be written to");
    let key = |set: &str, byte: u8| {
        let loaded = load(&file, &[set.to_owned()]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        plan(&loaded, &|_| Some(Fingerprint([byte; 32]))).expect("it plans").nodes[0].key
    };
    assert_eq!(key("data.source.mnist.dir=\"here\"", 1), key("data.source.mnist.dir=\"there\"", 1));
    assert_ne!(key("data.source.mnist.dir=\"here\"", 1), key("data.source.mnist.dir=\"here\"", 2));
}

// By hand: dense needs itself and the longer of what comes behind; a recovery of 5 epochs is 10 steps.
#[test]
fn the_longest_path_is_the_most_urgent() {
    let plan = planned(BASE, &[]);
    let urgency = plan.urgency();
    let macs = 64 * 10 + 10 * 10;
    assert_eq!(urgency[1], 1 + 10 * 3 * macs * 64);
    assert_eq!(urgency[0], urgency[1] + 1 + 40 * 3 * macs * 64);
}

/// What each stage's last node was asked for.
fn requested(text: &str) -> BTreeMap<String, Option<f64>> {
    let plan = planned(text, &[]);
    let value = |stage: &niwaki::plan::StageRounds| {
        let last = &plan.nodes[stage.nodes[stage.nodes.len() - 1]];
        last.requested.and_then(|requested| requested.value)
    };
    plan.stages.iter().cloned().zip(plan.trials[0].stages.iter().map(value)).collect()
}

#[test]
fn what_was_requested_is_what_was_written_of_the_layers_of_the_stage() {
    let text = BASE.replace("target.sparsity = 0.9", "target.sparsity = 0.5\nlayers.exclude = [\"fc1\"]");
    let plan = planned(&text, &[]);
    assert_eq!(requested(&text), [("dense".into(), None), ("sparse".into(), Some(0.5))].into());
    // fc1 has 64 · 10 weights and fc2 10 · 10, of which half go.
    assert_eq!(plan.nodes[1].expected_sparsity, 50.0 / 740.0);
}

#[test]
fn a_table_does_not_take_back_what_was_requested_of_layers_it_does_not_name() {
    let second = r#"
        [stage.sparser.prune]
        from = "sparse"
        importance = "magnitude"
        allocation.layers = { fc2 = 0.95 }
    "#;
    // 640 weights of fc1 stay at 0.9, 100 of fc2 go to 0.95.
    let sparser = requested(&format!("{BASE}{second}"))["sparser"].unwrap();
    assert!((sparser - (640.0 * 0.9 + 100.0 * 0.95) / 740.0).abs() < 1e-12, "{sparser}");
}
