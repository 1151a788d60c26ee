//! The language, case by case: files under `tests/language`.
//!
//! Each file of `good` loads. Each file of `bad` does not, and the `.txt` beside it is the complete message
//! that its user sees. `UPDATE_CASES=1 cargo test --release` writes those messages anew; read them before
//! they are committed.

use niwaki::spec::{Diagnostics, Loaded, Subject, json_schema, load};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn updates() -> bool {
    std::env::vars().any(|(name, _)| name == "UPDATE_CASES")
}

/// The cases in a folder, in order.
fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = root().join("tests/language").join(folder);
    let entries = fs::read_dir(folder).expect("the cases can be read");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("the cases can be read").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

/// `--set` assignments that a case asks for in comments: `#--set key=value`.
fn assignments(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("cases are text");
    text.lines().filter_map(|line| line.strip_prefix("#--set ")).map(str::to_owned).collect()
}

#[test]
fn good_files_load() {
    let files = cases("good");
    assert!(files.len() >= 5, "found {files:?}");
    for file in files {
        if let Err(mistakes) = load(&file, &assignments(&file)) {
            panic!("{mistakes}");
        }
    }
}

#[test]
fn bad_files_say_everything_that_is_wrong() {
    let files = cases("bad");
    assert!(files.len() >= 20, "found {files:?}");
    let mut wrong = Vec::new();
    for file in files {
        let mistakes = match load(&file, &assignments(&file)) {
            Ok(_) => panic!("{} has no mistake", file.display()),
            Err(mistakes) => mistakes,
        };
        let folder = format!("{}/", file.parent().expect("a case is in a folder").display());
        let message = format!("{mistakes}\n").replace(&folder, "");
        let expected = file.with_extension("txt");
        if updates() {
            fs::write(&expected, &message).expect("the message can be written");
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        if message != expected {
            wrong.push(format!("{}\n--- expected\n{expected}--- found\n{message}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_schema_file_is_up_to_date() {
    let path = root().join("schemas/experiment.schema.json");
    let schema = serde_json::to_string_pretty(json_schema()).expect("a schema is plain data") + "\n";
    if updates() {
        fs::write(&path, &schema).expect("the schema can be written");
    }
    let file = fs::read_to_string(&path).unwrap_or_default();
    assert!(file == schema, "run `cargo run --release -- schema > schemas/experiment.schema.json`");
}

/// The number of points, and the value of `key` at each.
fn points(text: &str, key: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("case.toml");
    fs::write(&file, format!("{BASE}\n{text}")).expect("it can be written to");
    let loaded = load(&file, &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    loaded.points.points.iter().map(|point| loaded.at(point, key).to_string()).collect()
}

const BASE: &str = r#"
title = "A case"
data.source = "digits"
[stage.dense.train]
model.mlp = { hidden = [10] }
epochs = 1
[stage.sparse.prune]
from = "dense"
importance = "magnitude"
target.sparsity = 0.5
"#;

#[test]
fn the_product_counts_up_with_the_seed_fastest() {
    let sweep = "[sweep]\nseed = [0, 1]\nstage.dense.train.epochs = [3, 4, 5]";
    assert_eq!(points(sweep, &["seed"]), ["0", "1", "0", "1", "0", "1"]);
    assert_eq!(points(sweep, &["stage", "dense", "train", "epochs"]), ["3", "3", "4", "4", "5", "5"]);
}

#[test]
fn zipped_axes_advance_together() {
    let sweep = "[sweep]\nseed = [0, 1]\n[[sweep.zip]]\nstage.dense.train.epochs = [3, 4]\nstage.dense.train.batch = [8, 16]";
    assert_eq!(points(sweep, &["stage", "dense", "train", "epochs"]), ["3", "3", "4", "4"]);
    assert_eq!(points(sweep, &["stage", "dense", "train", "batch"]), ["8", "8", "16", "16"]);
}

/// Magnitude at 0.5 and 0.9, random at 0.9 alone.
const REPEATING: &str = r#"
[sweep]
seed = [0, 1, 2]
[[sweep.zip]]
stage.sparse.prune.importance = ["magnitude", "magnitude", "random"]
stage.sparse.prune.target.sparsity = [0.5, 0.9, 0.9]
"#;

#[test]
fn a_zip_may_repeat_values() {
    let importances = ["magnitude", "magnitude", "random"].map(|name| format!("{:?}", name));
    let seeds = |values: [String; 3]| values.into_iter().flat_map(|value| vec![value; 3]).collect::<Vec<_>>();
    assert_eq!(points(REPEATING, &["stage", "sparse", "prune", "importance"]), seeds(importances));
    let sparsities = ["0.5", "0.9", "0.9"].map(str::to_owned);
    assert_eq!(points(REPEATING, &["stage", "sparse", "prune", "target", "sparsity"]), seeds(sparsities));
    let loaded = layered(REPEATING, None, &[]);
    let lengths: Vec<usize> = loaded.points.axes.iter().map(|axis| axis.values.len()).collect();
    assert_eq!(lengths, [2, 2, 3]);
    let excluded = format!("{REPEATING}[[sweep.exclude]]\nstage.sparse.prune.importance = \"magnitude\"");
    assert_eq!(points(&excluded, &["seed"]), ["0", "1", "2"]);
}

#[test]
fn positions_of_a_zip_that_an_override_makes_equal_are_one() {
    let sparsity = "stage.sparse.prune.target.sparsity=0.9";
    assert_eq!(layered(REPEATING, None, &[sparsity]).points.points.len(), 6);
    let importance = "stage.sparse.prune.importance=\"random\"";
    assert_eq!(layered(REPEATING, None, &[importance]).points.points.len(), 6);
}

/// What `against` leaves out is as in `of`, where the zip has that: random has 0.9.
#[test]
fn claims_name_networks_of_a_zip_that_repeats_values() {
    let claim = |of: &str, against: &str| {
        let text = format!(
            "{REPEATING}[labels]\nstage.sparse.prune.importance = [\"by magnitude\", \"at random\"]\n[[claim]]\nname = \"a\"\ntext = \"b\"\nmetric = \"accuracy\"\n\
             because = \"c\"\nexpect.at-least = 0.0\nof = {{ stage = \"sparse\", {of} }}\nagainst = {{ {against} }}"
        );
        let Subject::Difference { of, against } = layered(&text, None, &[]).claims.remove(0).subject else {
            panic!("it compares two networks")
        };
        [of, against].map(|cell| cell.values.values().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    let random = "importance = \"random\"";
    let found = claim("importance = \"magnitude\", target.sparsity = 0.9", random);
    assert_eq!(found, ["\"magnitude\" 0.9", "\"random\" 0.9"]);
    let found = claim("importance = \"magnitude\", target.sparsity = 0.5", random);
    assert_eq!(found, ["\"magnitude\" 0.5", "\"random\" 0.9"]);
    let found = claim("importance = \"magnitude\", target.sparsity = 0.5", "target.sparsity = 0.9");
    assert_eq!(found, ["\"magnitude\" 0.5", "\"magnitude\" 0.9"]);
}

#[test]
fn excluded_points_are_dropped_and_samples_are_the_same_each_time() {
    let sweep = "[sweep]\nseed = [0, 1, 2]\nstage.sparse.prune.importance = [\"magnitude\", \"random\"]\n";
    let excluded =
        format!("{sweep}[[sweep.exclude]]\nstage.sparse.prune.importance = \"random\"\nseed = 2\n");
    assert_eq!(points(&excluded, &["seed"]), ["0", "1", "2", "0", "1"]);
    let sampled = format!("{sweep}[sweep.sample]\ncount = 4\nseed = 1\n");
    let first = points(&sampled, &["seed"]);
    assert_eq!(first.len(), 4);
    assert_eq!(first, points(&sampled, &["seed"]));
}

#[test]
fn an_axis_replaces_a_variant_whole_and_steps_replace_epochs() {
    let sweep = "[sweep]\nstage.dense.train.optimizer = [\"adam\", { sgd = { lr = 0.1 } }]\nstage.dense.train.steps = [7]";
    let optimizers = points(sweep, &["stage", "dense", "train", "optimizer"]);
    assert_eq!(optimizers, [r#"{"adam":{}}"#, r#"{"sgd":{"lr":0.1}}"#]);
    let trainings = points(sweep, &["stage", "dense", "train"]);
    assert!(
        trainings.iter().all(|training| training.contains("\"steps\":7") && !training.contains("epochs"))
    );
}

/// The experiment in `text`, with `extending` (a file that extends it) and `assignments` over it.
fn layered(text: &str, extending: Option<&str>, assignments: &[&str]) -> Loaded {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("base.toml");
    fs::write(&file, format!("{BASE}\n{text}")).expect("it can be written to");
    let child = folder.path().join("child.toml");
    if let Some(extending) = extending {
        fs::write(&child, format!("extends = \"base.toml\"\n{extending}")).expect("it can be written to");
    }
    let assignments: Vec<String> = assignments.iter().map(ToString::to_string).collect();
    let file = if extending.is_some() { child } else { file };
    load(&file, &assignments).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The seed and the epochs of the dense training at every point.
fn seeds_and_epochs(loaded: &Loaded) -> Vec<(u64, u64)> {
    let number = |point: &[u32], key: &[&str]| loaded.at(point, key).as_u64().expect("it is a number");
    let both =
        |point: &[u32]| (number(point, &["seed"]), number(point, &["stage", "dense", "train", "epochs"]));
    loaded.points.points.iter().map(|point| both(point)).collect()
}

#[test]
fn a_stronger_layer_takes_the_place_of_an_axis() {
    let sweep = "[sweep]\nseed = [0, 1]\nstage.dense.train.epochs = [3, 4]";
    let set = |assignments: &[&str]| seeds_and_epochs(&layered(sweep, None, assignments));
    assert_eq!(set(&["seed=5"]), [(5, 3), (5, 4)]);
    assert_eq!(set(&["seed=5", "stage.dense.train.epochs=9"]), [(5, 9)]);
    assert_eq!(set(&["sweep.seed=[5, 6]"]), [(5, 3), (6, 3), (5, 4), (6, 4)]);
    assert_eq!(set(&["seed=5", "sweep.seed=[6]"]), [(6, 3), (6, 4)]);
    let child = |text: &str| seeds_and_epochs(&layered(sweep, Some(text), &[]));
    assert_eq!(child("seed = 7"), [(7, 3), (7, 4)]);
    assert_eq!(child("seed = 7\n[sweep]\nseed = [8]"), [(8, 3), (8, 4)]);
}

// A control without a teacher must not keep a term that has one.
#[test]
fn a_loss_that_is_written_whole_replaces_one_and_a_dotted_key_adds_to_it() {
    let text = "[stage.dense.train.loss]\ncross-entropy = 0.1\nteacher-free = 0.9";
    let terms = |extending: Option<&str>, assignments: &[&str]| -> Vec<String> {
        let loss = layered(text, extending, assignments).value["stage"]["dense"]["train"]["loss"].clone();
        loss.as_object().expect("a loss is a table").keys().cloned().collect()
    };
    assert_eq!(terms(None, &["stage.dense.train.loss={cross-entropy=1.0}"]), ["cross-entropy"]);
    assert_eq!(terms(Some("stage.dense.train.loss = { cross-entropy = 1.0 }"), &[]), ["cross-entropy"]);
    let both = ["cross-entropy", "teacher-free"];
    assert_eq!(terms(None, &["stage.dense.train.loss.cross-entropy=1.0"]), both);
    assert_eq!(terms(Some("[stage.dense.train.loss]\ncross-entropy = 1.0"), &[]), both);
}

#[test]
fn a_stronger_layer_takes_an_axis_out_of_a_zip() {
    let sweep = "[[sweep.zip]]\nseed = [0, 1]\nstage.dense.train.epochs = [3, 4]";
    let set = |assignment: &str| seeds_and_epochs(&layered(sweep, None, &[assignment]));
    assert_eq!(set("seed=5"), [(5, 3), (5, 4)]);
    assert_eq!(set("sweep.seed=[5, 6]"), [(5, 3), (6, 3), (5, 4), (6, 4)]);
    let loaded = layered(sweep, None, &["stage.dense.train.steps=9"]);
    assert_eq!(loaded.points.points.len(), 2);
    assert!(loaded.at(&loaded.points.points[0], &["stage", "dense", "train", "epochs"]).is_null());
}

/// As `x` and in `group`, an axis may be named that is overridden; one that nobody wrote may not.
#[test]
fn a_chart_may_name_an_axis_that_a_stronger_layer_takes_away() {
    let text = r#"
        [[chart]]
        stage = "sparse"
        x = "stage.sparse.prune.target.sparsity"
        group = ["stage.dense.train.epochs"]
        [sweep]
        stage.sparse.prune.target.sparsity = [0.5, 0.9]
        [[sweep.zip]]
        seed = [0, 1]
        stage.dense.train.epochs = [3, 4]
    "#;
    let set = ["stage.sparse.prune.target.sparsity=0.8", "stage.dense.train.epochs=5"];
    assert_eq!(layered(text, None, &set).points.points.len(), 2);
    let child = "[stage.sparse.prune.target]\nsparsity = 0.8\n[stage.dense.train]\nsteps = 9";
    assert_eq!(layered(text, Some(child), &[]).points.points.len(), 2);
}

/// The mistake is the axis's own alone: the chart may name it.
#[test]
fn a_chart_may_name_an_axis_that_has_a_mistake() {
    let text = "[[chart]]\nstage = \"dense\"\nx = \"stage.dense.train.epochs\"\n[sweep]\nstage.dense.train.epochs = [\"one\"]";
    let keys: Vec<String> = mistakes(text).mistakes.into_iter().map(|mistake| mistake.key).collect();
    assert_eq!(keys, ["sweep.stage.dense.train.epochs.0"]);
}

/// Mistakes of a file with `text` after [`BASE`].
fn mistakes(text: &str) -> Diagnostics {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("case.toml");
    fs::write(&file, format!("{BASE}\n{text}")).expect("it can be written to");
    load(&file, &[]).expect_err("there are mistakes")
}

#[test]
fn there_are_at_most_1000_charts() {
    let charts = (0..1001).map(|number| format!("[[chart]]\nstage = \"dense\"\ntitle = \"{number}\"\n"));
    let found = mistakes(&charts.collect::<String>()).mistakes;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].key.as_str(), found[0].message.as_str()),
        ("chart", "there are 1001; 1000 are the most there can be")
    );
}

#[test]
fn no_message_is_as_large_as_what_it_is_about() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("case.toml");
    fs::write(&file, BASE).expect("it can be written to");
    let long = "9".repeat(100_000);
    let assignments = [
        format!("seed={long}"),
        format!("seed={long}.5"),
        format!("seed={long}e999"),
        format!("seed={long}x"),
        format!("{long}=1"),
        long.clone(),
        format!("data.source={long}x"),
        format!("stage.dense.train.evaluate={long}it"),
        format!("stage.sparse.prune.from={long}x"),
        format!("stage.sparse.prune.layers.exclude=[\"{long}\"]"),
        format!("sweep.seed=[1, \"{long}\"]"),
        format!("stage.sparse.prune.importance={{{long}=1}}"),
        "data.validation=5e-324".to_owned(),
    ];
    for assignment in assignments {
        let found = load(&file, std::slice::from_ref(&assignment)).expect_err("it is a mistake").to_string();
        assert!(found.len() < 3_000, "{assignment:.20}: {} bytes: {found:.3000}", found.len());
    }
}

/// The second value spells out defaults, and names a loss term without weight; no other is the same training.
#[test]
fn trainings_that_resolve_to_the_same_are_no_two_values_of_an_axis() {
    let sweep = "[sweep]
        stage.dense.train = [
            { model.mlp = { hidden = [8] }, epochs = 1 },
            { model.mlp = { hidden = [8] }, epochs = 1, batch = 64, loss = { cross-entropy = 1.0, logits = 0.0 } },
            { model.mlp = { hidden = [8] }, steps = 54 },
            { model.mlp = { hidden = [9] }, epochs = 1 },
        ]";
    let keys: Vec<String> = mistakes(sweep).mistakes.into_iter().map(|mistake| mistake.key).collect();
    assert_eq!(keys, ["sweep.stage.dense.train.1"]);
}

/// In quadratic time, with each mistake compared with each, this takes minutes instead of seconds.
#[test]
fn of_many_mistakes_the_first_hundred_are_shown() {
    let lines = |line: &dyn Fn(usize) -> String| (0..100_000).map(line).collect::<Vec<_>>();
    let cases = [
        lines(&|number| format!("key-{number} = 1\n")).concat(),
        lines(&|number| format!("key-{number} = = 1\n")).concat(),
        format!(
            "[stage.sparse.prune.allocation.layers]\n{}",
            lines(&|number| format!("fc{number} = inf\n")).concat()
        ),
        format!("[sweep]\nseed = [{}]", lines(&|number| format!("-{},", number + 1)).concat()),
        format!(
            "[sweep]\nseed = [{}]\n{}",
            lines(&|number| format!("{number},")).concat(),
            lines(&|number| format!("[[sweep.exclude]]\nseed = {}\n", 100_000 + number)).concat()
        ),
    ];
    for case in cases {
        let mistakes = mistakes(&case);
        assert_eq!((mistakes.mistakes.len(), mistakes.more), (100, 99_900), "{}", &case[..100]);
        let text = mistakes.to_string();
        assert!(text.ends_with("100000 mistakes, of which the first 100 are shown; nothing was run"));
    }
}
