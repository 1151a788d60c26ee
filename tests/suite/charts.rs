//! What charts and report say of sweeps in which settings, rounds and seeds could be mixed up.

use crate::reading::{PRUNED, assert_says, charts, report, results, table, words};
use crate::support::{Bench, stderr};

/// The results of `PRUNED` with `more`.
fn run(more: &str) -> Bench {
    results(&format!("{PRUNED}{more}"))
}

// 0.45 at once is also round 1 of two rounds to 0.9: it is shown under both settings.
#[test]
fn a_network_shared_by_settings_is_shown_under_each() {
    let bench = run(r#"
        [sweep]
        seed = [0, 1, 2]
        stage.sparse.prune.schedule = ["one-shot", { linear = { rounds = 2 } }]
        stage.sparse.prune.target.sparsity = [0.45, 0.9]
    "#);
    let rows: Vec<[String; 5]> =
        table(&bench, "sparse").iter().map(|row| [0, 1, 2, 3, 4].map(|cell| row[cell].clone())).collect();
    let linear = "linear";
    let expected = [
        ["one-shot", "0.45", "1", "3", "45.00 %"],
        ["one-shot", "0.9", "1", "3", "90.00 %"],
        [linear, "0.45", "1", "3", "22.50 %"],
        [linear, "0.45", "2", "3", "45.00 %"],
        [linear, "0.9", "1", "3", "45.00 %"],
        [linear, "0.9", "2", "3", "90.00 %"],
    ];
    assert_eq!(rows, expected);
    let chart = words(&bench, "sparse");
    assert_says(&chart, &["mean of 3 seeds after the last round", "one-shot", linear, "dense (not pruned)"]);
}

#[test]
fn each_setting_of_the_dense_network_has_a_reference_line() {
    let bench = run("[sweep]\nstage.dense.train.model.mlp.hidden = [[1], [8]]");
    let chart = words(&bench, "sparse");
    assert_says(&chart, &["dense (not pruned, hidden=[1])", "dense (not pruned, hidden=[8])"]);
}

// Sparse from the first step.
#[test]
fn initial_weights_are_nothing_to_compare_with() {
    let bench = results(&PRUNED.replace("steps = 10", "steps = 0"));
    let chart = words(&bench, "sparse");
    assert!(!chart.contains("(not pruned"), "{chart}");
}

#[test]
fn too_many_reference_lines_are_none_and_the_chart_says_so() {
    let bench = run("[sweep]\nstage.dense.train.optimizer.adam.lr = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5]");
    let chart = words(&bench, "sparse");
    assert_says(&chart, &["the networks before pruning, 5 settings of them, are not shown"]);
    assert!(!chart.contains("(not pruned"), "{chart}");
}

#[test]
fn along_an_axis_only_last_rounds_are_drawn() {
    let text = PRUNED.replace("importance = ", "schedule.linear.rounds = 3\nimportance = ");
    let more = r#"
        [[chart]]
        stage = "sparse"
        x = "stage.sparse.prune.target.sparsity"
        [[chart]]
        stage = "sparse"
        x = "seconds"
        [[chart]]
        stage = "sparse"
        x = "round"
        [sweep]
        seed = [0, 1]
        stage.sparse.prune.target.sparsity = [0.6, 0.9]
    "#;
    let bench = Bench::new(&format!("{text}{more}"));
    bench.run(&[]);
    for chart in ["1-sparse-accuracy", "2-sparse-accuracy"] {
        assert_says(&words(&bench, chart), &["mean of 2 seeds after the last round, band"]);
    }
    // A line for each target, a point a round.
    assert_says(&words(&bench, "3-sparse-accuracy"), &["mean of 2 seeds, band", " 0.6 ", " 0.9 "]);
}

#[test]
fn an_axis_that_is_neither_x_nor_in_group_is_not_averaged_over() {
    let bench = run(r#"
        [[chart]]
        stage = "sparse"
        group = ["seed"]
        [sweep]
        seed = [0, 1, 2]
        stage.sparse.prune.target.sparsity = [0.6, 0.9]
        stage.sparse.prune.importance = ["magnitude", "random"]
    "#);
    assert_eq!(charts(&bench), ["1-sparse-accuracy-1", "1-sparse-accuracy-2"]);
    for (chart, importance) in [("1-sparse-accuracy-1", "magnitude"), ("1-sparse-accuracy-2", "random")] {
        let title = format!("(importance={importance})");
        // The dense network has no line a seed: its mean is over all three.
        let reference = "dense (not pruned, n = 3)";
        let said = [title.as_str(), "one seed (n = 1)", "seed 0", "seed 1", "seed 2", reference];
        assert_says(&words(&bench, chart), &said);
    }
}

#[test]
fn an_infinite_value_is_left_out_and_named() {
    let text = PRUNED.replace("importance = ", "allocation.uniform.scale = { \"*\" = 2.0 }\nimportance = ");
    let more = "[[chart]]\nstage = \"sparse\"\ny = \"compression\"\n[sweep]\nstage.sparse.prune.target.sparsity = [0.3, 0.9]";
    let bench = Bench::new(&format!("{text}{more}"));
    bench.run(&[]);
    assert_says(
        &words(&bench, "1-sparse-compression"),
        &["not shown: target.sparsity=0.9 (compression is not finite)"],
    );
}

#[test]
fn a_zero_on_a_logarithmic_axis_is_left_out_and_named() {
    let bench = Bench::new(
        r#"
        title = "A case"
        data.source.synthetic = { train = 128, test = 64 }
        [stage.dense.train]
        model.mlp = { hidden = [8] }
        steps = 10
        optimizer.adamw = { lr = 1e-3 }
        [[chart]]
        stage = "dense"
        x = "stage.dense.train.optimizer.adamw.weight-decay"
        scale = "log"
        [sweep]
        stage.dense.train.optimizer.adamw.weight-decay = [0.0, 1e-8, 1e-4, 1e-2]
    "#,
    );
    bench.run(&[]);
    let chart = words(&bench, "1-dense-accuracy");
    assert_says(&chart, &["not shown: weight-decay=0 (it has no place on the axis)", "1e-8", "1e-6", "0.01"]);
}

#[test]
fn words_are_places_on_an_axis_and_what_cannot_be_drawn_is_said() {
    let bench = run(r#"
        [[chart]]
        stage = "sparse"
        x = "stage.sparse.prune.importance"
        [[chart]]
        stage = "dense"
        y = "teacher_agreement"
        [[chart]]
        stage = "dense"
        x = "stage.sparse.prune.importance"
        [sweep]
        stage.sparse.prune.importance = ["magnitude", "random"]
    "#);
    assert_eq!(charts(&bench), ["1-sparse-accuracy"]);
    assert_says(&words(&bench, "1-sparse-accuracy"), &["magnitude random importance"]);
    let report = report(&bench);
    assert_says(
        &report,
        &[
            "The chart “Agreement with the teacher against sparsity: stage dense” is not drawn",
            "(no agreement with the teacher)",
            "`stage.sparse.prune.importance` changes nothing in stage dense",
        ],
    );
}

#[test]
fn a_chart_along_an_axis_that_is_set_is_left_out_and_a_group_that_is_set_is_none() {
    let bench = Bench::new(&format!(
        "{PRUNED}{}",
        r#"
        [[chart]]
        stage = "sparse"
        x = "stage.sparse.prune.target.sparsity"
        [[chart]]
        stage = "sparse"
        x = "stage.sparse.prune.importance"
        group = ["stage.sparse.prune.target.sparsity"]
        [sweep]
        stage.sparse.prune.target.sparsity = [0.6, 0.9]
        stage.sparse.prune.importance = ["magnitude", "random"]
    "#
    ));
    bench.run(&["--set", "stage.sparse.prune.target.sparsity=0.8"]);
    assert_eq!(charts(&bench), ["2-sparse-accuracy"]);
    assert_says(&words(&bench, "2-sparse-accuracy"), &["magnitude random importance"]);
    assert_says(&report(&bench), &["is not drawn: `stage.sparse.prune.target.sparsity` is not swept."]);
}

#[test]
fn no_two_charts_share_a_file() {
    let bench = Bench::new(
        r#"
        title = "A case"
        data.source.synthetic = { train = 128, test = 64 }
        [stage.dense.train]
        model.mlp = { hidden = [8] }
        epochs = 3
        [stage.student.train]
        model.mlp = { hidden = [4] }
        epochs = 3
        teacher = "dense"
        loss.logits = 1.0
        [stage.students.prune]
        from = "dense"
        importance = "magnitude"
        target.sparsity = 0.5
        [stage.training-dense.prune]
        from = "dense"
        importance = "magnitude"
        target.sparsity = 0.5
    "#,
    );
    bench.run(&[]);
    let names = charts(&bench);
    let expected = [
        "students",
        "students-2",
        "students-layers",
        "training-dense",
        "training-dense-2",
        "training-dense-layers",
        "training-student",
    ];
    assert_eq!(names, expected);
    let report = report(&bench);
    for name in names {
        assert_eq!(report.matches(&format!("(charts/{name}.svg)")).count(), 1, "{name}");
    }
}

#[test]
fn a_title_means_nothing_in_the_report() {
    let bench = Bench::new(&format!(
        "{}[[chart]]\nstage = \"sparse\"\ntitle = \"Accuracy in [0, 1) of <b>fc1_weight</b>\"\n",
        PRUNED.replace("\"A case\"", "\"interval [0, 1) and a bracket ]\"")
    ));
    bench.run(&[]);
    let report = report(&bench);
    assert!(report.starts_with("# interval \\[0, 1) and a bracket \\]\n"), "{report}");
    assert!(
        report.contains(
            "![Accuracy in \\[0, 1) of &lt;b&gt;fc1\\_weight&lt;/b&gt; — synthetic; one seed (n = 1), "
        ),
        "{report}"
    );
}

#[test]
fn letters_that_the_font_lacks_are_warned_of() {
    let bench = Bench::new(&format!(
        "{PRUNED}[[chart]]\nstage = \"sparse\"\ntitle = \"庭木 — Überprüfung Ελληνικα 🌲\"\n"
    ));
    let output = bench.niwaki("run", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("warning: the font of the charts has no 庭木🌲: "),
        "{}",
        stderr(&output)
    );
}

#[test]
fn axes_with_the_same_last_key_are_told_apart() {
    let bench = run(r#"
        [sweep]
        stage.dense.train.optimizer.adam.lr = [1e-3, 1e-2]
        stage.sparse.prune.recover.optimizer.adam.lr = [1e-3, 1e-2]
        stage.sparse.prune.target.sparsity = [0.2, 0.5]
    "#);
    let chart = words(&bench, "sparse");
    assert_says(&chart, &["train.optimizer.adam.lr · recover.optimizer.adam.lr"]);
}

#[test]
fn the_report_says_of_which_layers_was_asked() {
    let text = PRUNED.replace("importance = ", "layers.exclude = [\"fc1\"]\nimportance = ");
    let bench = Bench::new(&text);
    bench.run(&[]);
    assert_says(&report(&bench), &["It prunes `fc2` alone, and what is asked is a share of their weights."]);
}

// Target and length advance together: a line goes along both.
#[test]
fn zipped_axes_are_along_one_line() {
    let bench = run(r#"
        [[sweep.zip]]
        stage.sparse.prune.target.sparsity = [0.5, 0.7, 0.9]
        stage.sparse.prune.recover.steps = [3, 4, 5]
    "#);
    assert_says(&words(&bench, "sparse"), &["test accuracy sparse dense (not pruned)"]);
    assert_eq!(table(&bench, "sparse").len(), 3);
}

// One of the two rates diverges: its settings are named, and the others are complete.
#[test]
fn settings_that_failed_are_named_and_points_know_their_seeds() {
    let bench = run_with_failure();
    let report = report(&bench);
    assert_says(
        &report,
        &["> **This report is incomplete:**", " 2 failed, ", "> - stage dense, `lr=1e30`, seeds 0, 1: "],
    );
    assert_says(&words(&bench, "sparse"), &["missing: lr=1e30", "mean of 2 seeds"]);
    // Made again from the store, it still knows why.
    let output = bench.niwaki("report", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(self::report(&bench), report);
}

fn run_with_failure() -> Bench {
    let text = format!(
        "{}[sweep]\nseed = [0, 1]\nstage.dense.train.optimizer.sgd.lr = [0.1, 1e30]\n",
        PRUNED
            .replace("steps = 10", "steps = 10\noptimizer.sgd.lr = 0.1")
            .replace(", optimizer.adam.lr = 1e-3", "")
    );
    let bench = Bench::new(&text);
    let output = bench.niwaki("run", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("2 of 4 trials failed"), "{}", stderr(&output));
    bench
}

// Seed 2 is excluded for `random`: its points are of two seeds, and say so.
#[test]
fn points_of_fewer_seeds_say_so() {
    let bench = run(r#"
        [sweep]
        seed = [0, 1, 2]
        stage.sparse.prune.importance = ["magnitude", "random"]
        [[sweep.exclude]]
        seed = 2
        stage.sparse.prune.importance = "random"
    "#);
    assert_says(&words(&bench, "sparse"), &["mean of 3 seeds, of fewer where n says so", " n = 2 "]);
    let seeds: Vec<String> = table(&bench, "sparse").into_iter().map(|row| row[2].clone()).collect();
    assert_eq!(seeds, ["3", "2"]);
}

// Of four importances one is in no point of the sweep, and another in none of the larger targets.
#[test]
fn a_value_that_no_point_has_is_no_category() {
    let bench = run(r#"
        [[chart]]
        stage = "sparse"
        x = "stage.sparse.prune.importance"
        group = []
        [sweep]
        stage.sparse.prune.importance = ["random", "magnitude", "taylor"]
        stage.sparse.prune.target.sparsity = [0.5, 0.9]
        [[sweep.exclude]]
        stage.sparse.prune.importance = "random"
        [[sweep.exclude]]
        stage.sparse.prune.importance = "magnitude"
        stage.sparse.prune.target.sparsity = 0.9
    "#);
    assert_says(&report(&bench), &["`stage.sparse.prune.importance` = `magnitude`, `taylor`; "]);
    assert_says(&words(&bench, "1-sparse-accuracy-1"), &[" % magnitude taylor importance"]);
    assert_says(&words(&bench, "1-sparse-accuracy-2"), &[" % taylor importance"]);
}
