//! The program as a whole: what it prints, and its exit status.

use crate::support::{Bench, SMALL, TINY, stderr, stdout};
use serde_json::Value;
use std::fs;
use std::process::Command;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

#[test]
fn check_says_when_all_is_well() {
    let output = Bench::new(SMALL).niwaki("check", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "small.toml: no mistakes; stages: 3, trials: 6\n");
}

#[test]
fn a_teacher_that_no_term_looks_at_is_warned_of() {
    let teacher = "teacher = \"dense\", loss = { cross-entropy = 0.5, soft-labels = { weight = 0.5, temperature = 2.0 } }";
    assert!(SMALL.contains(teacher));
    let unheard = SMALL.replace(teacher, "teacher = \"dense\"");
    let said = stderr(&Bench::new(&unheard).niwaki("check", &[]));
    assert!(said.contains("warning: `stage.sparse.prune.recover.teacher` changes nothing"), "{said}");
    assert!(!stderr(&Bench::new(SMALL).niwaki("check", &[])).contains("warning"));
}

#[test]
fn a_chart_at_few_sparsities_is_a_hint_and_no_mistake() {
    let bench = Bench::new(SMALL);
    let output = bench.niwaki("check", &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stderr(&output).starts_with("hint: stage sparse is drawn at 2 sparsities"),
        "{}",
        stderr(&output)
    );
    let told = json(&stdout(&bench.niwaki("check", &["--json"])));
    assert_eq!(told["hints"].as_array().map(Vec::len), Some(2), "{told}");
}

#[test]
fn a_wrong_file_ends_with_2_and_runs_nothing() {
    let bench = Bench::new(&SMALL.replace("epochs    = 6", "epohcs = 6"));
    for subcommand in ["check", "plan", "run", "report"] {
        let output = bench.niwaki(subcommand, &[]);
        assert_eq!(output.status.code(), Some(2), "{subcommand}");
        assert!(stderr(&output).contains("did you mean `epochs`?"), "{}", stderr(&output));
    }
    assert!(!bench.path().join("results").exists());
    let told = json(&stdout(&bench.niwaki("check", &["--json"])));
    assert_eq!(told["errors"][0]["key"], "stage.dense.train.epohcs");
    assert_eq!(told["errors"][0]["place"]["line"], 10);
    for subcommand in ["plan", "run"] {
        assert_eq!(json(&stdout(&bench.niwaki(subcommand, &["--json"]))), told, "{subcommand}");
    }
}

#[test]
fn a_wrong_call_ends_with_2() {
    let output = Bench::new(SMALL).niwaki("run", &["--worker", "2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--workers"), "{}", stderr(&output));
}

// 2 seeds: 2 dense, 2·3·2 sparse rounds, 2·2 ticket rounds; unshared 6 trials of 1 + 2 + 2.
#[test]
fn plan_counts_what_is_shared_and_what_is_done() {
    let bench = Bench::new(SMALL);
    let before = json(&stdout(&bench.niwaki("plan", &["--json"])));
    assert_eq!(
        [&before["trials"], &before["nodes"], &before["nodes_unshared"], &before["cached"]],
        [6, 18, 30, 0]
    );
    assert!(before["seconds_estimated"].as_f64().is_some_and(|seconds| seconds > 0.0));
    assert_eq!(before["networks"][0]["prunable"], 64 * 32 + 32 * 16 + 16 * 10);
    bench.run(&[]);
    assert_eq!(json(&stdout(&bench.niwaki("plan", &["--json"])))["cached"], 18);
}

#[test]
fn a_second_run_does_nothing_again() {
    let bench = Bench::new(SMALL);
    bench.run(&[]);
    let again = json(&stdout(&bench.niwaki("run", &["--json"])));
    assert_eq!([&again["done"], &again["cached"], &again["failed"]], [0, 18, 0]);
    let fresh = json(&stdout(&bench.niwaki("run", &["--json", "--fresh"])));
    assert_eq!([&fresh["done"], &fresh["cached"]], [18, 0]);
}

#[test]
fn a_longer_sweep_goes_on_from_a_shorter_one() {
    let bench = Bench::new(SMALL);
    bench.run(&["--set", "sweep.seed=[0]"]);
    let more = json(&stdout(&bench.niwaki("run", &["--json"])));
    assert_eq!([&more["done"], &more["cached"]], [9, 9]);
}

#[test]
fn a_failed_node_fails_the_trials_that_need_it_and_no_others() {
    let text = r#"
        title = "One of two diverges"
        data.source.synthetic = { train = 200, test = 50 }
        [stage.dense.train]
        model.mlp = { hidden = [16] }
        epochs = 3
        optimizer.sgd = { lr = 0.05 }
        [stage.sparse.prune]
        from = "dense"
        importance = "magnitude"
        target.sparsity = 0.5
        [sweep]
        stage.dense.train.optimizer.sgd.lr = [0.05, 1e30]
    "#;
    let bench = Bench::new(text);
    let output = bench.niwaki("run", &["--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let told = json(&stdout(&output));
    assert_eq!([&told["done"], &told["failed"], &told["blocked"]], [2, 1, 1]);
    let failures = told["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), 2);
    assert!(failures.iter().all(|failure| failure["trial"] == 1));
    assert!(failures[0]["error"].as_str().is_some_and(|error| error.contains("lower the learning rate")));
    assert_eq!(bench.numbers().measurements.height(), 2);
    let report = fs::read_to_string(bench.results().join("report.md")).expect("there is a report");
    let notice = "2 of 4 networks are missing: 1 failed, 1 never started because what they need failed.";
    assert!(report.contains(notice), "{report}");
    assert!(
        report.contains("> - stage sparse, `lr=1e30`, round 1, seed 0: what it needs failed\n"),
        "{report}"
    );
}

#[test]
fn report_draws_again_from_tables_alone() {
    let bench = Bench::new(SMALL);
    bench.run(&[]);
    let report = bench.results().join("report.md");
    let before = fs::read(&report).expect("there is a report");
    fs::remove_file(&report).expect("it can be removed");
    fs::remove_dir_all(bench.store()).expect("the store can be removed");
    let results = bench.results().display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_niwaki"));
    let output = command.args(["report", &results]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(fs::read(&report).expect("it is back") == before);
}

#[test]
fn missing_data_is_an_error_before_anything_runs_and_still_plans() {
    let text = SMALL
        .replace("source.synthetic = { train = 400, test = 200 }", "source.mnist = { dir = \"nowhere\" }");
    let bench = Bench::new(&text);
    let run = bench.niwaki("run", &[]);
    assert_eq!(run.status.code(), Some(2));
    assert!(stderr(&run).contains("nowhere"), "{}", stderr(&run));
    let plan = bench.niwaki("plan", &["--json"]);
    assert_eq!(plan.status.code(), Some(0));
    assert_eq!(json(&stdout(&plan))["nodes"], 18);
}

#[test]
fn a_backend_that_is_not_compiled_in_is_an_error_that_says_how_to_build_it() {
    if cfg!(feature = "cuda") {
        println!("skipped: CUDA is compiled in");
        return;
    }
    let output = Bench::new(SMALL).niwaki("run", &["--backend", "cuda"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--features cuda"), "{}", stderr(&output));
}

#[test]
fn words_are_explained_with_formula_places_and_settings() {
    let explain = |word: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_niwaki"));
        command.args(["explain", word]).output().expect("the program starts")
    };
    let said = stdout(&explain("soft-labels"));
    assert!(said.starts_with("stage.NAME.train.loss.soft-labels\n"), "{said}");
    for part in [
        "T² · (1 / N) Σₙ Σₖ pₖ",
        "Hinton et al., 2015",
        "    temperature: a number from 0.01 to 1000, or one of several, required",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(stdout(&explain("ece")).contains("calibration error on the test split, in 15 bins"));
    for word in ["summary.sparsity-at-drop", "sparsity-at-drop"] {
        assert!(
            stdout(&explain(word)).contains("The largest sparsity with an accuracy within `drop`"),
            "{word}"
        );
    }
    let unknown = explain("magnitud");
    assert_eq!(unknown.status.code(), Some(2));
    let error = "error: `magnitud` is no key, method, column or verdict; did you mean `magnitude`?";
    assert!(stderr(&unknown).starts_with(error), "{}", stderr(&unknown));
}

#[test]
fn plan_shows_what_is_minimized() {
    let said = stdout(&Bench::new(SMALL).niwaki("plan", &[]));
    for part in [
        "  sparse       0.5 · cross-entropy + 0.5 · soft-labels(temperature=2), taught by dense\n",
        "  dense        1 · cross-entropy\n",
        "  soft-labels    T² · (1 / N) Σₙ Σₖ pₖ · (log pₖ − log qₖ) in nats, for p = softmax(",
    ] {
        assert!(said.contains(part), "{said}");
    }
    // Nothing is distilled.
    assert!(!stdout(&Bench::new(TINY).niwaki("plan", &[])).contains("cross-entropy"));
}

#[test]
fn the_schema_is_printed_as_it_is_shipped() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_niwaki"));
    let output = command.arg("schema").output().expect("the program starts");
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/experiment.schema.json");
    assert_eq!(stdout(&output), fs::read_to_string(shipped).expect("it is there"));
}
