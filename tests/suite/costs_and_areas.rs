//! Charts of methods over all compressions, of what choosing by the test split would flatter, and of what settings took.

use crate::reading::{PRUNED, assert_says, charts, report, results, words};

const SWEEP: &str = r#"
[sweep]
seed = [0, 1, 2]
stage.sparse.prune.importance = ["magnitude", "random"]
stage.sparse.prune.target.sparsity = [0.5, 0.75, 0.9]
"#;

#[test]
fn methods_are_compared_over_all_compressions_by_default() {
    let bench = results(&format!("{PRUNED}{SWEEP}"));
    let area = words(&bench, "sparse-area");
    assert_says(
        &area,
        &[
            "Accuracy over all compressions: stage sparse",
            "mean of 3 seeds, bar: 95 %",
            "magnitude",
            "random",
        ],
    );
    let report = report(&bench);
    assert_says(&report, &[" middle half | difference |"]);
}

#[test]
fn what_a_setting_took_is_drawn_once_an_experiment() {
    let bench = results(&format!("{PRUNED}{SWEEP}"));
    let cost = words(&bench, "cost");
    assert_says(
        &cost,
        &[
            "Training time of each setting",
            "seconds of training on a CPU",
            "shared with other settings",
            "of this setting alone",
            "importance=magnitude, target.sparsity=0.75",
            "importance=random, target.sparsity=0.9",
            "the whole experiment took",
        ],
    );
    let alone = results(PRUNED);
    assert!(!charts(&alone).contains(&"cost".to_owned()), "one setting shares nothing");
}

#[test]
fn charts_that_are_asked_for_take_the_place_of_the_defaults() {
    let asked = r#"
[[chart]]
stage = "sparse"
y = "selection_bias"

[[chart]]
kind = "area"
stage = "sparse"
title = "Which is best?"

[[chart]]
kind = "area"
stage = "dense"

[[chart]]
kind = "cost"

[[chart]]
kind = "sparsity-at-drop"
stage = "sparse"

[[chart]]
kind = "training"
stage = "dense"
title = "How it was learned"
"#;
    let bench = results(&format!("{PRUNED}{asked}{SWEEP}"));
    let drawn = [
        "1-sparse-selection_bias",
        "2-sparse-area",
        "4-cost",
        "5-sparse-sparsity-at-0.5-pp",
        "5-sparse-sparsity-at-1-pp",
        "6-training-dense",
    ];
    assert_eq!(charts(&bench), drawn);
    assert_says(
        &words(&bench, "1-sparse-selection_bias"),
        &["Selection bias against sparsity: stage sparse", "selection bias (oracle − accuracy)"],
    );
    assert_says(&words(&bench, "2-sparse-area"), &["Which is best?"]);
    assert_says(&words(&bench, "6-training-dense"), &["How it was learned", "epoch"]);
    assert_says(
        &words(&bench, "5-sparse-sparsity-at-0.5-pp"),
        &["Largest sparsity at −0.5 pp of accuracy: stage sparse", "within 0.5 pp of that of the training"],
    );
    assert_says(&report(&bench), &["no method of stage dense was measured at two amounts of pruning"]);
}
