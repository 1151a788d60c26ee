//! Several teachers: who depends on whom, and whole experiments with them.

use crate::support::{Bench, stderr, tables};
use niwaki::data::{Augment, Source, Splits, Synthetic};
use niwaki::distill::{Epochs, TeacherOutputs, Teachers};
use niwaki::draw::Draw;
use niwaki::model::architecture::{Mlp, Resnet};
use niwaki::model::{Model, Network, Trained, Weights};
use niwaki::plan::Plan;
use niwaki::train::{Checkpoint, Control, Job, Outcome, Settings, train};
use serde_json::json;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Two teachers of different architectures and a student, whose teachers and loss follow.
const TEXT: &str = r#"
title = "Several teachers"

[data]
source.synthetic = { image = [1, 4, 4], classes = 4, train = 60, test = 20 }

[stage.a.train]
model.resnet = { depth = 8 }
steps = 4
batch = 10

[stage.b.train]
model.mlp = { hidden = [12] }
steps = 4
batch = 10

[stage.student.train]
model.mlp = { hidden = [6] }
steps = 4
batch = 10
"#;

fn planned(more: &str) -> Plan {
    Bench::new(&format!("{TEXT}{more}")).plan(&[])
}

/// The key of the student with these settings, and how many nodes it needs.
fn student(settings: &str) -> (String, usize) {
    let plan = planned(settings);
    let node = plan.nodes.values().find(|node| &*node.stage == "student").expect("there is a student");
    (node.key.to_string(), node.needs().len())
}

// Of six trials three have the baseline, one for all teachers.
#[test]
fn a_baseline_that_looks_at_no_teacher_is_one_node_of_a_sweep_over_teachers() {
    let plan = planned(
        r#"
        [sweep]
        stage.student.train.teacher = ["a", "b", ["a", "b"]]
        stage.student.train.loss = [{ cross-entropy = 1.0 }, { logits = 1.0 }]
        "#,
    );
    assert_eq!((plan.trials.len(), plan.nodes.len()), (6, 2 + 1 + 3));
    let students = plan.nodes.values().filter(|node| &*node.stage == "student");
    let needs: Vec<usize> = students.map(|node| node.needs().len()).collect();
    assert_eq!(needs, [0, 1, 1, 2]);
}

#[test]
fn a_training_depends_on_the_teachers_that_it_looks_at_and_on_nothing_else_of_them() {
    let soft = |own: &str| format!("loss.soft-labels = {{ weight = 1.0, temperature = 4.0{own} }}\n");
    let all = soft("");
    let of_a = soft(", teacher = \"a\"");
    let one = student(&format!("teacher = \"a\"\n{all}"));
    assert_eq!(one.1, 1);
    let same = [
        format!("teacher = [\"a\"]\n{all}"),
        format!("teacher = {{ a = 0.3 }}\n{all}"),
        format!("teacher = {{ a = 0.3, b = 0 }}\n{all}"),
        format!("teacher = \"a\"\n{of_a}"),
        format!("teacher = [\"a\", \"b\"]\n{of_a}"),
        format!("teacher = \"a\"\nensemble = {{ mean = \"logits\", weights = \"entropy\" }}\n{all}"),
        format!("teacher = [\"a\", \"b\"]\n{of_a}loss.logits = {{ weight = 0.0, teacher = \"b\" }}\n"),
    ];
    for settings in same {
        assert_eq!(student(&settings), one, "{settings}");
    }
    let two = student(&format!("teacher = [\"a\", \"b\"]\n{all}"));
    assert_eq!(two.1, 2);
    assert_eq!(student(&format!("teacher = {{ b = 7, a = 7.0 }}\n{all}")), two);
    let others = [
        format!("teacher = {{ a = 2, b = 1 }}\n{all}"),
        format!("teacher = [\"a\", \"b\"]\nensemble.mean = \"logits\"\n{all}"),
        format!("teacher = [\"a\", \"b\"]\nensemble.weights = \"entropy\"\n{all}"),
        format!("teacher = [\"a\", \"b\"]\nensemble.weights = \"agreement\"\n{all}"),
    ];
    let keys: BTreeSet<String> =
        others.iter().map(|settings| student(settings).0).chain([one.0, two.0]).collect();
    assert_eq!(keys.len(), others.len() + 2);
    // Where each term names its own, the weights say nothing.
    let each = |teachers: &str| {
        let terms = "soft-labels = { weight = 1.0, temperature = 4.0, teacher = \"a\" }";
        student(&format!(
            "teacher = {teachers}\nloss = {{ {terms}, logits = {{ weight = 1.0, teacher = \"b\" }} }}"
        ))
    };
    assert_eq!(each("{ a = 2, b = 1 }"), each("{ a = 1, b = 0 }"));
    assert!(!keys.contains(&each("[\"a\", \"b\"]").0));
}

/// Students of two teachers in every way; a pruning whose importance and recovery ask both; and one that asks none.
const WHOLE: &str = r#"
teacher = { a = 0.7, b = 0.3 }

[stage.inside.train]
model.resnet = { depth = 8 }
steps = 4
batch = 10
teacher = ["a", "b"]
[stage.inside.train.loss]
cross-entropy = 1.0
soft-labels = { weight = 1.0, temperature.learned.strength = 1.0 }
dist = { weight = { linear = { from = 1.0, to = 0.5 } }, teacher = "b" }
features = { weight = 0.1, taps = { layer1 = "layer1" }, teacher = "a" }
factors = { weight = 0.1, taps = { layer3 = "layer3" }, pretrain = "2it", teacher = "a" }
contrastive = { weight = 0.1, taps = { flatten = "flatten" }, dimensions = 4, negatives = 5, teacher = "b" }

[stage.small.prune]
from = "student"
importance = "taylor"
target.sparsity = 0.5
recover = { steps = 4, loss.soft-labels = { weight = 1.0, temperature = 2.0 } }

[stage.alone.prune]
from = "inside"
importance = "taylor"
target.sparsity = 0.5

[sweep]
stage.student.train.loss = [
    { cross-entropy = 1.0 },
    { logits = 1.0, soft-labels = { weight = 1.0, temperature = 2.0 } },
]
stage.student.train.ensemble = [
    { mean = "probabilities" },
    { mean = "logits", weights = "entropy" },
    { weights = "agreement" },
]
"#;

#[test]
fn a_whole_experiment_has_several_teachers() {
    let bench = Bench::new(&format!("{TEXT}{WHOLE}"));
    let plan = bench.plan(&[]);
    let count = |stage: &str| plan.nodes.values().filter(|node| &*node.stage == stage).count();
    // The baseline is one; the recovery, which takes its teachers over, is of each.
    assert_eq!((count("student"), count("inside"), count("small"), count("alone")), (1 + 3, 1, 3 + 3, 1));
    let numbers = bench.run(&["--workers", "2"]);
    let measurements = tables(&bench.results()).measurements;
    let stages = measurements.column("stage").expect("it is a column").str().expect("it holds names").clone();
    let allowed = [("teacher_agreement", 1.0), ("teacher_accuracy", 1.0), ("teacher_kl", f64::MAX)];
    for (column, most) in allowed {
        let numbers = measurements.column(column).expect("it is a column");
        for (stage, number) in stages.iter().zip(numbers.f64().expect("it holds numbers").iter()) {
            match stage.expect("every row has a stage") {
                "a" | "b" => assert_eq!(number, None),
                "inside" | "small" | "alone" => {
                    let is_allowed = number.is_some_and(|number| (0.0..=most).contains(&number));
                    assert!(is_allowed, "{column} is {number:?}");
                }
                _ => {}
            }
        }
    }
    numbers.assert_same(&bench.run(&["--fresh", "--workers", "1"]));
}

/// Whether teachers are run in every step, once over all training images, or once over those of each epoch.
#[derive(Clone, Copy)]
enum Asked {
    InEveryStep,
    Once,
    OnceAnEpoch,
}

/// What nine steps, of which some have a small last batch, leave of a student with two teachers on images that are
/// augmented like this.
fn trained(asked: Asked, augment: &Augment) -> Outcome {
    let image = [1, 4, 4];
    let source = Synthetic { image, classes: 4, train: 42, test: 16 };
    let splits = Splits::new(Arc::new(Source::Synthetic(source).load().expect("it is made up")), 0.1, 0);
    let settings: Settings = serde_json::from_value(json!({
        "steps": 9,
        "batch": 8,
        "teacher": { "a": 0.7, "b": 0.3 },
        "ensemble": { "weights": "agreement" },
        "loss": {
            "cross-entropy": { "weight": 0.5 },
            "soft-labels": { "weight": 1.0, "temperature": { "linear": { "from": 3.0, "to": 1.0 } } },
            "dist": { "weight": 1.0, "temperature": { "learned": { "strength": 1.0 } } },
            "logits": { "weight": 0.1, "teacher": "b" },
        },
    }))
    .expect("these are settings");
    let training = settings.resolve(splits.train.len(), splits.validation.len());
    let network = |model: &Model, scope: &str| {
        let graph = model.graph(image, 4).expect("the images fit");
        let weights = Weights::initial(&graph, &Draw::new(0, scope));
        Trained::new(Arc::new(graph), weights).expect("they are of the graph")
    };
    let device = niwaki::kernel::FlexDevice;
    let mlp = |hidden: usize| Model::Mlp(Mlp { hidden: vec![hidden] });
    let models = [Model::Resnet(Resnet { depth: 8, width: 1 }), mlp(9)];
    let networks: Vec<Network<niwaki::kernel::Flex>> =
        models.iter().map(|model| Network::from_trained(&network(model, "teacher"), &device)).collect();
    let (draw, check) = (Draw::new(0, "student"), || Ok::<(), Infallible>(()));
    let epochs = Epochs { splits: &splits, augment, batch: 8, count: 2, draw: &draw };
    let outputs = |network: &Network<niwaki::kernel::Flex>| {
        let Ok(outputs) = match asked {
            Asked::InEveryStep => return None,
            Asked::Once => TeacherOutputs::compute(network, &splits, &device, check),
            Asked::OnceAnEpoch => TeacherOutputs::of_epochs(network, &epochs, &device, check),
        };
        Some(Arc::new(outputs))
    };
    let teachers = Teachers::new(training.teaching.clone(), networks.clone());
    let teachers = match networks.iter().map(outputs).collect() {
        None => teachers,
        Some(outputs) => teachers.with_outputs(outputs),
    };
    let job = Job::<'_, niwaki::kernel::Flex> {
        splits: &splits,
        augment,
        training: &training,
        start: Checkpoint::start(network(&mlp(6), "student")),
        teachers: Some(teachers),
        peers: Vec::new(),
        pruning: None,
        draw: draw.clone(),
        checkpoints: &[9],
    };
    let stop = AtomicBool::new(false);
    train(job, &device, &Control { stop: &stop, progress: &|_| () }).expect("it learns")
}

#[test]
fn teachers_that_are_asked_once_change_no_number() {
    let (plain, augmented) = (Augment::default(), Augment { crop: 1, flip: true });
    for (asked, augment) in [(Asked::Once, plain), (Asked::OnceAnEpoch, augmented)] {
        let (every, once) = (trained(Asked::InEveryStep, &augment), trained(asked, &augment));
        assert_eq!(once.checkpoints, every.checkpoints);
        assert_eq!(once.history, every.history);
        assert_eq!(once.kept, every.kept);
    }
}

/// Two students of four epochs of one teacher.
const ONCE: &str = r#"
title = "Asked once"

[data]
source.synthetic = { image = [1, 4, 4], classes = 4, train = 40, test = 20 }
validation = 0.0

[stage.teacher.train]
model.mlp = { hidden = [12] }
steps = 4
batch = 10

[stage.student.train]
model.mlp = { hidden = [6] }
epochs = 4
batch = 10
teacher = "teacher"
loss.soft-labels = { weight = 1.0, temperature = 4.0 }

[sweep]
stage.student.train.loss.soft-labels.temperature = [2.0, 4.0]
"#;

/// The files of the store with arrays of no network.
fn outputs(bench: &Bench) -> Vec<PathBuf> {
    let folders = fs::read_dir(bench.store()).expect("there is a store").map(|folder| folder.unwrap().path());
    let of_key = |folder: &PathBuf| folder.file_name().is_some_and(|name| name.len() == 2);
    let files = folders.filter(of_key).flat_map(|folder| fs::read_dir(folder).expect("it is a folder"));
    let files = files.map(|file| file.unwrap().path());
    let holds_outputs = |path: &PathBuf| {
        let text = fs::read(path).expect("it can be read");
        path.extension().is_some_and(|end| end == "json")
            && path.with_extension("safetensors").exists()
            && String::from_utf8_lossy(&text).contains("\"teacher\"")
    };
    files.filter(holds_outputs).collect()
}

#[test]
fn what_a_teacher_says_is_kept_and_made_again_where_it_is_damaged() {
    let bench = Bench::new(ONCE);
    let said = String::from_utf8_lossy(&bench.niwaki("plan", &[]).stdout).into_owned();
    // 40 images, in place of two students that look at them four times.
    assert!(said.contains("teachers look at      40 images (87.5 % saved by asking them once)"), "{said}");
    let numbers = bench.run(&[]);
    let [kept] = &outputs(&bench)[..] else { panic!("of one teacher: {:?}", outputs(&bench)) };
    let arrays = kept.with_extension("safetensors");
    let whole = fs::read(&arrays).expect("it is beside");
    fs::write(&arrays, &whole[..whole.len() - 4]).expect("it can be cut");
    // A student that is made again looks at them.
    let set = ["--set", "stage.student.train.loss.soft-labels.temperature=8.0"];
    let output = bench.niwaki("run", &set);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(fs::read(&arrays).expect("it is there again"), whole);
    assert!(fs::read_dir(bench.store().join("damaged")).expect("it was set aside").count() > 0);
    numbers.assert_same(&bench.run(&["--fresh"]));
}

#[test]
fn students_that_see_the_same_augmented_images_share_what_a_teacher_says_of_them() {
    let bench = Bench::new(&ONCE.replace("validation = 0.0", "validation = 0.0\naugment.flip = true"));
    let said = String::from_utf8_lossy(&bench.niwaki("plan", &[]).stdout).into_owned();
    // 40 images in four epochs, in place of two students that look at them.
    assert!(said.contains("teachers look at      160 images (50.0 % saved by asking them once)"), "{said}");
    let numbers = bench.run(&["--workers", "2"]);
    assert_eq!(outputs(&bench).len(), 1);
    // A student alone asks its teacher in every step, and learns the same.
    let alone = ["--set", "stage.student.train.loss.soft-labels.temperature=2.0", "--fresh"];
    let both = tables(&bench.results()).measurements;
    bench.run(&alone);
    let one = tables(&bench.results()).measurements;
    for column in ["accuracy", "loss", "teacher_kl"] {
        let first = |table: &polars::prelude::DataFrame| {
            let numbers =
                table.column(column).expect("it is a column").f64().expect("it holds numbers").clone();
            numbers.iter().flatten().collect::<Vec<f64>>()
        };
        let (both, one) = (first(&both), first(&one));
        assert!(one.iter().all(|number| both.contains(number)), "{column}: {one:?} is not of {both:?}");
    }
    numbers.assert_same(&bench.run(&["--fresh"]));
}
