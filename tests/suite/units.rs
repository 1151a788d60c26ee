//! Units of several weights, scored and penalized in every way, run as a user runs them.

use crate::reading::{assert_says, report, results};
use crate::support::{Bench, tables};

/// Sparsity of each row of `stage`.
fn sparsities(bench: &Bench, stage: &str) -> Vec<f64> {
    let rows = tables(&bench.results()).measurements;
    let (stages, sparsities) = (rows.column("stage").unwrap(), rows.column("sparsity").unwrap());
    let (stages, sparsities) = (stages.str().unwrap(), sparsities.f64().unwrap());
    let rows = (0..rows.height()).filter(|&row| stages.get(row) == Some(stage));
    rows.map(|row| sparsities.get(row).expect("every row is measured")).collect()
}

const BASE: &str = r#"
title = "A case"
[data]
source.synthetic = { image = [4, 4, 4], train = 32, test = 16 }
[stage.dense.train]
model.resnet = { depth = 8 }
steps = 2
batch = 8
"#;

// All but the 10 · 64 weights of fc are pruned to one of four, after a growing penalty on half of the filters.
#[test]
fn n_of_m_leaves_exactly_n_of_m_and_the_report_says_so() {
    let text = format!(
        "{BASE}penalty = {{ batch-norm-scale = 1e-4, group-lasso = 1e-4, growing-l2 = {{ share = 0.5, every = \"1it\" }} }}
        [stage.sparse.prune]
        from = \"dense\"
        importance.wanda.batches = 1
        granularity.n-of-m = [1, 4]
        layers.exclude = [\"fc\"]
        recover.steps = 1"
    );
    let bench = results(&text);
    assert_says(&report(&bench), &["granularity `n-of-m=[1, 4]`", "penalty `batch-norm-scale=0.0001"]);
    let [sparsity] = sparsities(&bench, "sparse")[..] else { panic!("one trial has one round") };
    // Weights of the convolutions, by hand: 4 inputs into 16 channels, then blocks of 16, 32 and 64 channels, the
    // last two with a shortcut of 1 × 1.
    let convolutions = (4 * 16 + 2 * 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64) * 9 + 16 * 32 + 32 * 64;
    let expected = 0.75 * f64::from(convolutions) / f64::from(convolutions + 640);
    assert!((sparsity - expected).abs() < 1e-12, "{sparsity} is not {expected}");
}

#[test]
fn every_importance_prunes_blocks_with_every_reduction_and_normalization() {
    let bench = results(&format!(
        "{BASE}[stage.sparse.prune]
            from = \"dense\"
            importance = \"magnitude\"
            granularity.block = [16, 16]
            layers.include = [\"layer1.*\", \"layer2.0.conv1\"]
            target.sparsity = 0.5
            [sweep]
            stage.sparse.prune.importance = [\"random\", \"geometric-median\", \"batch-norm-scale\",
                {{ wanda = {{ batches = 1 }} }}, {{ activation = {{ batches = 1, statistic = \"apoz\" }} }},
                {{ sensitivity = {{ batches = 1 }} }}]
            [[sweep.zip]]
            stage.sparse.prune.reduction = [\"sum\", \"max\", \"norm\", \"mean\"]
            stage.sparse.prune.normalization = [\"mean\", \"max\", \"norm\", \"output-rank\"]"
    ));
    let found = sparsities(&bench, "sparse");
    // Half of 2 · 9 + 18 blocks of 256 weights are 18 of them.
    let convolutions = (4 * 16 + 2 * 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64) * 9 + 16 * 32 + 32 * 64;
    let expected = f64::from(18 * 256) / f64::from(convolutions + 640);
    assert_eq!(found.len(), 6 * 4);
    assert!(found.iter().all(|sparsity| (sparsity - expected).abs() < 1e-12), "{found:?} are not {expected}");
}

// Half of the inner channels of the first block, and what goes with them.
#[test]
fn every_importance_of_whole_channels_removes_them() {
    let bench = results(&format!(
        "{BASE}[stage.sparse.prune]
            from = \"dense\"
            importance = \"magnitude\"
            granularity = \"channel\"
            layers.include = [\"layer1.0.conv1\"]
            target.sparsity = 0.5
            [stage.shallow.prune]
            from = \"dense\"
            importance.sensitivity.batches = 1
            granularity = \"layer\"
            target.sparsity = 0.01
            [sweep]
            stage.sparse.prune.importance = [\"magnitude\", \"random\", \"geometric-median\", \"batch-norm-scale\",
                {{ wanda = {{ batches = 1 }} }}, {{ activation = {{ batches = 1 }} }},
                {{ sensitivity = {{ batches = 1 }} }}]
            [[sweep.zip]]
            stage.sparse.prune.reduction = [\"sum\", \"norm\"]
            stage.sparse.prune.normalization = [\"output-rank\", \"mean\"]"
    ));
    let found = sparsities(&bench, "sparse");
    // 8 of 16 channels take 8 · 16 · 9 weights of each of two layers along.
    let convolutions = (4 * 16 + 2 * 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64) * 9 + 16 * 32 + 32 * 64;
    let expected = f64::from(2 * 8 * 16 * 9) / f64::from(convolutions + 640);
    assert_eq!(found.len(), 7 * 2);
    assert!(found.iter().all(|sparsity| (sparsity - expected).abs() < 1e-12), "{found:?} are not {expected}");
    // The only block with an identity shortcut has two layers of 16 · 16 · 9 weights.
    let block = f64::from(2 * 16 * 16 * 9) / f64::from(convolutions + 640);
    let shallow = sparsities(&bench, "shallow");
    assert!(shallow.iter().all(|sparsity| (sparsity - block).abs() < 1e-12), "{shallow:?} are not {block}");
}
