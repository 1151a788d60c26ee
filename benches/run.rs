//! What a run costs besides training: looking through a finished experiment, and each node's overhead.
//!
//! `cargo bench --bench run`. The goals: under 1 s for a finished quickstart, under 20 ms a node.

use niwaki::plan::{Plan, plan};
use niwaki::run::{Inputs, Options, Silent, Store, run};
use niwaki::spec::load;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

fn main() {
    divan::main();
}

fn planned(inputs: &Inputs, set: &[&str]) -> Plan {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/quickstart.toml");
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    let loaded = load(&file, &set).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    plan(&loaded, &|source| inputs.fingerprint(source)).expect("it plans")
}

fn run_all(plan: &Plan, inputs: &Inputs, folder: &TempDir, fresh: bool) {
    let store = Store::at(&folder.path().join(".store"));
    let options = Options { workers: Some(1), fresh };
    let outcome = run(plan, &store, inputs, options, &AtomicBool::new(false), &Silent).expect("it runs");
    assert!(outcome.failed.is_empty());
}

/// The quickstart's 63 nodes with trainings of no step: what is left is pruning, evaluation and the store.
#[divan::bench(sample_count = 5)]
fn sixty_three_nodes_without_training(bencher: divan::Bencher<'_, '_>) {
    let inputs = Inputs::default();
    let still = ["stage.dense.train.steps=0", "stage.sparse.prune.recover.steps=0"];
    let plan = planned(&inputs, &still);
    assert_eq!(plan.nodes.len(), 63);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    bencher.bench_local(|| run_all(&plan, &inputs, &folder, true));
}

#[divan::bench(sample_count = 5)]
fn a_finished_experiment(bencher: divan::Bencher<'_, '_>) {
    let inputs = Inputs::default();
    let plan = planned(&inputs, &["stage.dense.train.steps=1", "stage.sparse.prune.recover.steps=1"]);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    run_all(&plan, &inputs, &folder, false);
    bencher.bench_local(|| run_all(&plan, &inputs, &folder, false));
}
