//! What tables and charts say of stages that prune what other stages pruned.

use crate::reading::{assert_says, charts, results, words};
use crate::support::{Bench, stderr};

/// A network on made-up images, one pruned from it, and one pruned from that in rounds.
const BASE: &str = r#"
title = "A case"
[data]
source.synthetic = { train = 128, test = 64 }
[stage.dense.train]
model.mlp = { hidden = [8] }
steps = 10
[stage.sparse.prune]
from = "dense"
importance = "magnitude"
target.sparsity = 0.6
recover = { steps = 5, optimizer.adam.lr = 1e-3 }
[stage.final.prune]
from = "sparse"
importance = "magnitude"
schedule.geometric = { rounds = 3 }
target.sparsity = 0.95
"#;

/// The results of `BASE` with `more`.
fn run(more: &str) -> Bench {
    results(&format!("{BASE}{more}"))
}

// The sparsity of `final` does not follow that of `sparse`: a line for each, over its own rounds.
#[test]
fn along_its_own_sparsity_a_stage_has_a_line_for_each_setting_before_it() {
    let bench = run("[sweep]\nseed = [0, 1]\nstage.sparse.prune.target.sparsity = [0.3, 0.5, 0.7]");
    let chart = words(&bench, "final");
    assert_says(&chart, &["mean of 2 seeds, band", " 0.3 ", " 0.5 ", " 0.7 "]);
    assert!(!chart.contains("last round"), "{chart}");
    // Along its own target the stage before it has one line.
    assert_says(&words(&bench, "sparse"), &["mean of 2 seeds, band", " sparse dense (not pruned)"]);
}

#[test]
fn what_is_neither_x_nor_in_group_is_a_chart_of_its_own_however_many_axes_are_left() {
    let chart = "[[chart]]\nstage = \"final\"\ny = \"loss\"\ngroup = [\"stage.final.prune.importance\"]";
    let axes = "stage.final.prune.importance = [\"magnitude\", \"random\"]";
    let one = format!("{chart}\n[sweep]\n{axes}\nstage.sparse.prune.target.sparsity = [0.5, 0.7]");
    assert_eq!(charts(&run(&one)), ["1-final-loss-1", "1-final-loss-2"]);
    let zip = "[[sweep.zip]]\nstage.sparse.prune.target.sparsity = [0.5, 0.7]\nstage.sparse.prune.recover.steps = [5, 6]";
    let bench = run(&format!("{chart}\n[sweep]\n{axes}\n{zip}"));
    assert_eq!(charts(&bench), ["1-final-loss-1", "1-final-loss-2"]);
    assert_says(
        &words(&bench, "1-final-loss-2"),
        &["(recover.steps=6, target.sparsity=0.7)", "magnitude random"],
    );
}

#[test]
fn stages_are_compared_in_one_chart() {
    let chart = "[[chart]]\nstage = \"sparse\"\nbeside = [\"final\", \"dense\"]";
    let bench = run(&format!(
        "{chart}\n[sweep]\nseed = [0, 1]\nstage.final.prune.importance = [\"magnitude\", \"random\"]"
    ));
    assert_eq!(charts(&bench), ["1-sparse-accuracy"]);
    let words = words(&bench, "1-sparse-accuracy");
    assert_says(&words, &["Accuracy against sparsity: stages sparse, final, dense", "mean of 2 seeds"]);
    assert_says(&words, &[" sparse ", "final · magnitude", "final · random", "dense (not pruned)"]);
}

#[test]
fn stages_that_are_compared_are_those_that_there_are() {
    let text = format!("{BASE}[[chart]]\nstage = \"sparse\"\nbeside = [\"finish\"]\ngroup = [\"seed\"]");
    let output = Bench::new(&text).niwaki("check", &[]);
    let said = stderr(&output);
    assert!(said.contains("chart.0.beside.0") && said.contains("finish"), "{said}");
    assert!(said.contains("leave `group` or `beside` out"), "{said}");
}
