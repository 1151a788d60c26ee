//! Charts in panels.

use crate::reading::{PRUNED, assert_says, charts, report, results, words};
use crate::support::Bench;

/// The results of `PRUNED` with `more`.
fn run(more: &str) -> Bench {
    results(&format!("{PRUNED}{more}"))
}

#[test]
fn a_facet_is_a_panel_for_each_value_in_one_picture() {
    let bench = run(r#"
        [[chart]]
        stage = "sparse"
        facet = "stage.sparse.prune.importance"
        [sweep]
        stage.sparse.prune.importance = ["magnitude", "random"]
        stage.sparse.prune.recover.steps = [3, 5]
        stage.sparse.prune.target.sparsity = [0.5, 0.9]
    "#);
    assert_eq!(charts(&bench), ["1-sparse-accuracy"]);
    let chart = words(&bench, "1-sparse-accuracy");
    let once = [
        "importance=magnitude",
        "importance=random",
        " recover.steps 3 5 dense (not pruned) ",
        "test accuracy",
    ];
    for said in once {
        assert_eq!(chart.matches(said).count(), 1, "{said}: {chart}");
    }
}

// The dense network is another one in each panel, whose name says which.
#[test]
fn axes_that_go_together_name_a_panel_and_no_line() {
    let bench = run(r#"
        [[chart]]
        stage = "sparse"
        facet = "stage.dense.train.model.mlp.hidden"
        [[sweep.zip]]
        stage.dense.train.model.mlp.hidden = [[1], [8]]
        stage.dense.train.optimizer.adam.lr = [1e-3, 1e-2]
        [sweep]
        stage.sparse.prune.target.sparsity = [0.5, 0.9]
    "#);
    let chart = words(&bench, "1-sparse-accuracy");
    assert_says(&chart, &["hidden=[1], lr=0.001", "hidden=[8], lr=0.01", " sparse dense (not pruned) "]);
}

#[test]
fn more_panels_than_a_picture_holds_are_in_another_one() {
    let bench = run(r#"
        [[chart]]
        stage = "sparse"
        facet = "stage.sparse.prune.recover.steps"
        [sweep]
        stage.sparse.prune.recover.steps = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    "#);
    assert_eq!(charts(&bench), ["1-sparse-accuracy-1", "1-sparse-accuracy-2"]);
    assert_says(
        &words(&bench, "1-sparse-accuracy-1"),
        &["(1 of 2)", " recover.steps=1 ", " recover.steps=12 "],
    );
    assert_says(&words(&bench, "1-sparse-accuracy-2"), &["(2 of 2)", " recover.steps=13 "]);
}

#[test]
fn a_facet_of_nothing_in_the_stage_is_said_and_one_that_is_set_is_none() {
    let text = r#"
        [[chart]]
        stage = "dense"
        facet = "stage.sparse.prune.importance"
        [[chart]]
        stage = "sparse"
        facet = "stage.sparse.prune.importance"
        [sweep]
        stage.sparse.prune.importance = ["magnitude", "random"]
        stage.sparse.prune.target.sparsity = [0.5, 0.9]
    "#;
    let bench = run(text);
    let why = "is not drawn: `stage.sparse.prune.importance` changes nothing in stage dense.";
    assert_says(&report(&bench), &[why]);
    let bench = Bench::new(&format!("{PRUNED}{text}"));
    bench.run(&["--set", "stage.sparse.prune.importance=\"random\""]);
    assert!(!words(&bench, "2-sparse-accuracy").contains("importance="));
}

#[test]
fn training_curves_of_many_settings_are_in_panels_of_one_target() {
    let text = PRUNED.replace("steps = 5", "epochs = 3");
    let more = r#"
        [sweep]
        stage.sparse.prune.importance = ["magnitude", "random", "taylor"]
        stage.sparse.prune.target.sparsity = [0.5, 0.8, 0.9, 0.95]
    "#;
    let bench = results(&format!("{text}{more}"));
    let chart = words(&bench, "training-sparse");
    let panels = ["0.5", "0.8", "0.9", "0.95"].map(|target| format!(" target.sparsity={target} "));
    assert_says(&chart, &panels.each_ref().map(String::as_str));
    assert_eq!(chart.matches(" magnitude random taylor ").count(), 1, "{chart}");
    assert!(!chart.contains("spread over"), "{chart}");
}
