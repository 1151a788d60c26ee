//! A report over 1,000,000 measurements: the goal is under 10 s.
//!
//! `cargo bench --bench report`

use niwaki::report::draw_again;
use niwaki::results::{Folder, Record, Tables};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};
use serde_json::json;
use std::sync::atomic::AtomicBool;

fn main() {
    divan::main();
}

const SEEDS: usize = 50;
const SPARSITIES: usize = 2_000;
const IMPORTANCES: usize = 10;
const ROWS: usize = SEEDS * SPARSITIES * IMPORTANCES;

fn record() -> Record {
    let importances: Vec<_> = (0..IMPORTANCES).map(|number| format!("importance {number}")).collect();
    let sparsities: Vec<_> = (0..SPARSITIES).map(sparsity).collect();
    let record = json!({
        "format": 1, "provenance": { "file": "million.toml", "from-results": "../million.toml", "set": [] },
        "niwaki": "0", "name": "million", "title": "A million measurements", "question": null, "backend": "flex",
        "axes": [
            ["stage.sparse.prune.importance", importances],
            ["stage.sparse.prune.target.sparsity", sparsities],
            ["seed", (0..SEEDS).collect::<Vec<_>>()],
        ],
        "stages": [{
            "name": "sparse", "axes": ["stage.sparse.prune.importance", "stage.sparse.prune.target.sparsity"],
            "from": "dense", "teacher": null, "rounds": 1, "layers": null, "training": null, "rewind": null,
        }],
        "charts": [], "experiment": {}, "data": [], "networks": [], "trials": ROWS, "nodes": ROWS, "missing": [],
        "sweep": null, "warnings": [], "files": [],
    });
    serde_json::from_value(record).expect("it is a record")
}

fn sparsity(step: usize) -> f64 {
    step as f64 / SPARSITIES as f64
}

/// Every combination, the seed fastest.
fn tables() -> Tables {
    let rows = 0..ROWS;
    let step = |row: usize| row / SEEDS % SPARSITIES;
    let real = |name: &str, of: &dyn Fn(usize) -> f64| {
        Series::new(name.into(), rows.clone().map(of).collect::<Vec<f64>>()).into_column()
    };
    let whole = |name: &str, of: &dyn Fn(usize) -> i64| {
        Series::new(name.into(), rows.clone().map(of).collect::<Vec<i64>>()).into_column()
    };
    let text = |name: &str, of: &dyn Fn(usize) -> String| {
        Series::new(name.into(), rows.clone().map(of).collect::<Vec<String>>()).into_column()
    };
    let accuracy = |row: usize| 0.98 - 0.5 * sparsity(step(row)).powi(8) + (row % 7) as f64 * 1e-3;
    let columns = vec![
        whole("trial", &|row| row as i64),
        text("stage", &|_| "sparse".to_owned()),
        whole("round", &|_| 1),
        whole("seed", &|row| (row % SEEDS) as i64),
        text("stage.sparse.prune.importance", &|row| format!("importance {}", row / SEEDS / SPARSITIES)),
        real("stage.sparse.prune.target.sparsity", &|row| sparsity(step(row))),
        real("requested", &|row| sparsity(step(row))),
        real("sparsity", &|row| sparsity(step(row))),
        real("accuracy", &accuracy),
        real("accuracy_last", &accuracy),
        real("accuracy_best_test", &accuracy),
        whole("macs", &|_| 50_000),
        whole("macs_nonzero", &|row| (50_000.0 * (1.0 - sparsity(step(row)))) as i64),
        text("key", &|row| format!("{row:064x}")),
    ];
    let measurements = DataFrame::new(ROWS, columns).expect("every column has a value a row");
    let empty = |names: &[&str]| {
        let whole =
            names[..1].iter().map(|name| Series::new((*name).into(), Vec::<String>::new()).into_column());
        let step = [Series::new(names[1].into(), Vec::<i64>::new()).into_column()];
        let real = names[2..].iter().map(|name| Series::new((*name).into(), Vec::<f64>::new()).into_column());
        DataFrame::new(0, whole.chain(step).chain(real).collect()).expect("names differ")
    };
    Tables {
        measurements,
        history: empty(&["key", "step", "epoch", "accuracy_test"]),
        layers: layers(),
        classes: None,
        scan: None,
    }
}

/// Two layers of every network, the first less sparse than the other.
fn layers() -> DataFrame {
    const LAYERS: [(&str, f64); 2] = [("fc1", 1.0), ("fc2", 0.5)];
    let rows = || (0..ROWS).flat_map(|row| LAYERS.map(|layer| (row, layer)));
    let whole = |name: &str, of: &dyn Fn(usize) -> i64| {
        Series::new(name.into(), rows().map(|(row, _)| of(row)).collect::<Vec<i64>>()).into_column()
    };
    let text = |name: &str, of: &dyn Fn(&'static str) -> &'static str| {
        Series::new(name.into(), rows().map(|(_, layer)| of(layer.0)).collect::<Vec<&str>>()).into_column()
    };
    let sparsities = rows().map(|(row, (_, share))| share * sparsity(row / SEEDS % SPARSITIES));
    let sparsity = Series::new("sparsity".into(), sparsities.collect::<Vec<f64>>()).into_column();
    let columns = vec![
        whole("trial", &|row| row as i64),
        text("stage", &|_| "sparse"),
        whole("round", &|_| 1),
        text("layer", &|layer| layer),
        sparsity,
    ];
    DataFrame::new(LAYERS.len() * ROWS, columns).expect("every column has a value a row")
}

#[divan::bench(sample_count = 3)]
fn a_million_measurements(bencher: divan::Bencher<'_, '_>) {
    let (mut record, tables) = (record(), tables());
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    bencher.bench_local(|| {
        let folder = Folder::of_results(folder.path()).expect("it is empty, or of the run before");
        draw_again(&mut record, &tables, &folder, &AtomicBool::new(false)).expect("the report is written");
    });
}
