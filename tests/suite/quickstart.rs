//! The experiments that ship, run as a user runs them.

use crate::support::tables;
use polars::prelude::DataFrame;
use std::path::Path;
use std::process::Command;

/// Runs `niwaki run experiments/<name>.toml` with its results in `dir`; gives the measurements.
fn run(name: &str, dir: &Path, more: &[&str]) -> DataFrame {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments").join(name).with_extension("toml");
    let output = Command::new(env!("CARGO_BIN_EXE_niwaki"))
        .arg("run")
        .arg(file)
        .arg("--results")
        .arg(dir)
        .args(more)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    tables(&dir.join(name)).measurements
}

/// The values of `column` in the rows of `stage` where `keep` holds for the row's number.
fn values(rows: &DataFrame, stage: &str, column: &str, keep: impl Fn(usize) -> bool) -> Vec<f64> {
    let stages = rows.column("stage").unwrap().str().unwrap();
    let values = rows.column(column).unwrap().f64().unwrap();
    let rows = (0..rows.height()).filter(|&row| stages.get(row) == Some(stage) && keep(row));
    rows.map(|row| values.get(row).expect("every row is measured")).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn quickstart_shows_that_magnitude_beats_random() {
    let dir = tempfile::tempdir().unwrap();
    let rows = run("quickstart", dir.path(), &[]);
    let importance = rows.column("stage.sparse.prune.importance").unwrap().str().unwrap();
    let requested = rows.column("requested").unwrap().f64().unwrap();
    let at_90 = |name: &str| {
        values(&rows, "sparse", "accuracy", |row| {
            importance.get(row) == Some(name) && requested.get(row) == Some(0.9)
        })
    };
    let (magnitude, random) = (at_90("magnitude"), at_90("random"));
    // Three seeds, with and without a teacher.
    assert_eq!((magnitude.len(), random.len()), (6, 6));
    assert!(mean(&magnitude) > mean(&random) + 0.01, "{magnitude:?} against {random:?}");
    assert!(mean(&values(&rows, "dense", "accuracy", |_| true)) > 0.95);
    for file in ["report.md", "record.json", "measurements.csv", "charts/sparse.svg", "charts/sparse.png"] {
        assert!(dir.path().join("quickstart").join(file).is_file(), "{file} is missing");
    }
}

#[test]
fn the_classic_resnet_recipe_runs_in_the_small() {
    let dir = tempfile::tempdir().unwrap();
    let small = [
        "data.source.synthetic={ image = [3, 32, 32], train = 20, test = 8 }",
        "stage.dense.train.steps=2",
        "stage.dense.train.batch=8",
        "stage.sparse.prune.recover.steps=1",
        "sweep.seed=[0]",
    ];
    let set: Vec<_> = small.iter().flat_map(|assignment| ["--set", assignment]).collect();
    let rows = run("resnet-magnitude", dir.path(), &set);
    let sparsity = values(&rows, "sparse", "sparsity", |_| true);
    assert_eq!(sparsity.len(), 1);
    assert!((sparsity[0] - 0.5).abs() < 1e-6, "half of every layer is gone, found {sparsity:?}");
}
