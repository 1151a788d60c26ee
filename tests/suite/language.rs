//! The language, case by case: files under `tests/language`.
//!
//! Each file of `good` loads. Each file of `bad` does not, and the `.txt` beside it is the complete message
//! that its user sees. `UPDATE_CASES=1 cargo test --release` writes those messages anew; read them before
//! they are committed.

use niwaki::spec::{json_schema, load};
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
