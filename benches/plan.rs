//! Loading and planning a sweep of 100,000 trials: the goal is under 3 s and 1 GiB.
//!
//! `cargo bench --bench plan`; `/usr/bin/time -v` tells the memory.

use niwaki::plan::plan;
use niwaki::spec::load;
use std::fmt::Write;
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// 100 seeds × 10 importances × 100 sparsities.
fn sweep() -> TempDir {
    let list = |values: &mut dyn Iterator<Item = String>| values.collect::<Vec<_>>().join(", ");
    let seeds = list(&mut (0..100).map(|seed: u32| seed.to_string()));
    let batches = list(&mut (1..=10).map(|batches: u32| format!("{{ taylor = {{ batches = {batches} }} }}")));
    let sparsities = list(&mut (0..100).map(|step: u32| format!("0.{:03}", 500 + 4 * step)));
    let mut text = String::from(
        "title = \"A hundred thousand trials\"\ndata.source = \"digits\"\n[stage.dense.train]\n\
         model.mlp = { hidden = [300, 100] }\nepochs = 20\n[stage.sparse.prune]\nfrom = \"dense\"\n\
         importance = \"magnitude\"\ntarget.sparsity = 0.9\nrecover.epochs = 5\n[sweep]\n",
    );
    let _ = writeln!(text, "seed = [{seeds}]");
    let _ = writeln!(text, "stage.sparse.prune.importance = [{batches}]");
    let _ = writeln!(text, "stage.sparse.prune.target.sparsity = [{sparsities}]");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("sweep.toml"), text).expect("it can be written to");
    folder
}

#[divan::bench(sample_count = 5)]
fn a_hundred_thousand_trials(bencher: divan::Bencher<'_, '_>) {
    let folder = sweep();
    let file = folder.path().join("sweep.toml");
    bencher.bench_local(|| {
        let loaded = load(&file, &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let plan = plan(&loaded, &|source| source.fingerprint().ok()).expect("it plans");
        assert_eq!((plan.trials.len(), plan.nodes.len()), (100_000, 100_100));
        plan
    });
}
