//! `niwaki verify` and `niwaki compare`.

use crate::support::{Bench, SMALL, TINY, stderr, stdout};
use std::fs;
use std::process::Command;

const SEARCH: &str = r#"
title = "A search"
data.source.synthetic = { train = 100, test = 50 }
data.validation = 0.3

[stage.dense.train]
model.mlp = { hidden = [8] }
steps = 5

[stage.smallest.prune]
from = "dense"
importance = "magnitude"
target.loss-rise = { within = 0.5, probes = 3 }
recover.steps = 2

[sweep]
seed = [0, 1]
stage.smallest.prune.importance = ["magnitude", "random"]
"#;

#[test]
fn an_experiment_that_runs_again_gives_the_same_bytes() {
    for experiment in [SMALL, SEARCH] {
        let bench = Bench::new(experiment);
        bench.run(&[]);
        let again = bench.niwaki("verify", &["--workers", "1"]);
        assert!(again.status.success(), "{}{}", stdout(&again), stderr(&again));
        let said = stdout(&again);
        assert!(said.ends_with("the same numbers, to the byte\n"), "{said}");
        assert!(said.contains("first: results/small; second: trained here\n"), "{said}");
        assert!(
            !said.contains("differs") && !said.contains("alone") && !said.contains("not the same"),
            "{said}"
        );
    }
}

#[test]
fn a_sample_of_the_trials_is_compared_with_what_is_recorded_of_them() {
    let bench = Bench::new(SMALL);
    bench.run(&[]);
    let again = bench.niwaki("verify", &["--sample", "2", "--json"]);
    assert!(again.status.success(), "{}{}", stdout(&again), stderr(&again));
    let found: serde_json::Value = serde_json::from_str(&stdout(&again)).expect("it is JSON");
    let measurements = &found["comparison"]["tables"][0];
    // Two of six trials, each with a training, two rounds and two rewound rounds.
    assert_eq!(measurements["table"], "measurements");
    assert_eq!((&measurements["rows"], &measurements["same"]), (&10.into(), &10.into()));
    assert_eq!((&measurements["only-first"], &measurements["only-second"]), (&20.into(), &0.into()));
    for table in found["comparison"]["tables"].as_array().expect("there are tables") {
        assert_eq!(table["rows"], table["same"], "{table}");
        assert!(table["rows"].as_u64() > Some(0), "{table}");
    }
    assert_eq!(found["holds"], true);
}

#[test]
fn a_number_that_differs_is_told_with_its_column_and_row() {
    let bench = Bench::new(TINY);
    bench.run(&[]);
    let other =
        bench.niwaki("run", &["--set", "stage.dense.train.optimizer.sgd.lr=0.5", "--results", "other"]);
    assert!(other.status.success(), "{}", stderr(&other));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_niwaki"));
    let compared =
        command.current_dir(bench.path()).args(["compare", "results/small", "other/small"]).output();
    let compared = compared.expect("the program starts");
    let said = stdout(&compared);
    assert!(said.contains("measurements: 0 of 2 rows the same to the byte\n"), "{said}");
    assert!(said.contains("    `loss` differs in 2 rows, at most by "), "{said}");
    assert!(said.contains("2 measurements are of trainings under other keys"), "{said}");
    assert!(said.contains("not the same: experiment: "), "{said}");
    assert!(said.contains("not the same numbers, of other settings of which nothing is promised"), "{said}");
    assert_eq!(compared.status.code(), Some(3));
}

#[test]
fn results_of_another_number_of_steps_are_not_close_enough() {
    let bench = Bench::new(TINY);
    bench.run(&[]);
    let other = bench.niwaki("run", &["--set", "stage.dense.train.epochs=2", "--results", "other"]);
    assert!(other.status.success(), "{}", stderr(&other));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_niwaki"));
    let compared =
        command.current_dir(bench.path()).args(["compare", "results/small", "other/small"]).output();
    let compared = compared.expect("the program starts");
    assert_eq!(compared.status.code(), Some(3), "{}", stdout(&compared));
}

#[test]
fn only_what_was_recorded_of_this_file_can_be_verified() {
    let bench = Bench::new(TINY);
    let absent = bench.niwaki("verify", &[]);
    assert_eq!(absent.status.code(), Some(2));
    assert!(stderr(&absent).contains("`results/small` holds no results"), "{}", stderr(&absent));
    bench.run(&[]);
    let changed = bench.niwaki("verify", &["--set", "stage.dense.train.epochs=2"]);
    assert_eq!(changed.status.code(), Some(2));
    let said = stderr(&changed);
    assert!(said.contains("they came from `niwaki run small.toml --backend flex`"), "{said}");
    // A table that was edited is said to have been.
    let table = bench.results().join("history.parquet");
    let mut bytes = fs::read(&table).expect("the table is there");
    bytes[40] ^= 1;
    fs::write(&table, bytes).expect("it can be written");
    let edited = bench.niwaki("verify", &[]);
    assert!(stderr(&edited).contains("does not match its digest in record.json"), "{}", stderr(&edited));
}

#[test]
fn what_is_kept_is_not_trained_again() {
    let bench = Bench::new(TINY);
    bench.run(&[]);
    for _ in 0..2 {
        let again = bench.niwaki("verify", &["--keep", "kept"]);
        assert!(again.status.success(), "{}{}", stdout(&again), stderr(&again));
        assert!(stdout(&again).contains("second: trained here, in kept/small\n"), "{}", stdout(&again));
    }
    assert!(bench.path().join("kept/.store").is_dir());
    let mut compare = Command::new(env!("CARGO_BIN_EXE_niwaki"));
    compare.current_dir(bench.path()).args(["compare", "results/small", "kept/small"]);
    let compared = compare.output().expect("the program starts");
    assert!(compared.status.success(), "{}{}", stdout(&compared), stderr(&compared));
    // Of a sample only the trainings are kept.
    let sampled = bench.niwaki("verify", &["--keep", "some", "--sample", "1"]);
    assert!(sampled.status.success(), "{}{}", stdout(&sampled), stderr(&sampled));
    assert!(bench.path().join("some/.store").is_dir() && !bench.path().join("some/small").exists());
}

// One of two dense networks diverges, so that it and the network pruned from it are missing.
#[test]
fn what_fails_again_is_what_was_recorded() {
    let sweep = "\n[sweep]\nstage.dense.train.optimizer.sgd.lr = [0.05, 1e30]\n";
    let bench = Bench::new(&format!("{TINY}{sweep}"));
    assert_eq!(bench.niwaki("run", &[]).status.code(), Some(1));
    let again = bench.niwaki("verify", &[]);
    assert!(again.status.success(), "{}{}", stdout(&again), stderr(&again));
    let said = stdout(&again);
    let failed = "both failed: stage dense, stage.dense.train.optimizer.sgd.lr=1e30, seed 0: the training loss was NaN";
    assert!(said.contains(failed), "{said}");
    assert!(said.ends_with("the same numbers, to the byte\n"), "{said}");
    // As if it had not failed then.
    let record = bench.results().join("record.json");
    let mut then: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&record).expect("it is there")).expect("it is JSON");
    then["missing"] = serde_json::json!([]);
    fs::write(&record, then.to_string()).expect("it can be written");
    let worse = bench.niwaki("verify", &[]);
    assert_eq!(worse.status.code(), Some(1), "{}{}", stdout(&worse), stderr(&worse));
    let said = stdout(&worse);
    assert!(said.contains("the second alone failed: stage dense, "), "{said}");
    assert!(said.ends_with("the same numbers, to the byte, of what did not fail\n"), "{said}");
}

const CLAIM: &str = r#"
[[claim]]
name = "as-many-left"
text = "Both criteria leave as many weights"
metric = "nonzero"
of = { stage = "sparse", importance = "taylor", round = 2 }
against = { importance = "random" }
expect.within = [-0.5, 0.5]
seeds.at-least = 2
because = "both are asked for the same sparsity"
"#;

#[test]
fn claims_are_judged_by_both() {
    let bench = Bench::new(&format!("{SMALL}{CLAIM}"));
    bench.run(&[]);
    let again = bench.niwaki("verify", &[]);
    assert!(again.status.success(), "{}{}", stdout(&again), stderr(&again));
    assert!(stdout(&again).contains("\nboth: REPRODUCED "), "{}", stdout(&again));
    let json = bench.niwaki("verify", &["--json"]);
    let found: serde_json::Value = serde_json::from_str(&stdout(&json)).expect("it is JSON");
    assert_eq!(found["claims"][0]["name"], "as-many-left");
    assert_eq!(found["claims"][0]["first"]["verdict"], "REPRODUCED");
    assert_eq!(found["claims"][0]["second"]["verdict"], "REPRODUCED");
}

#[test]
fn what_was_set_over_the_file_is_set_again() {
    let bench = Bench::new(TINY);
    bench.run(&["--set", "stage.dense.train.epochs=2"]);
    let again = bench.niwaki("verify", &[]);
    assert!(again.status.success(), "{}{}", stdout(&again), stderr(&again));
    assert!(stdout(&again).ends_with("the same numbers, to the byte\n"), "{}", stdout(&again));
    let told = "with --set stage.dense.train.epochs=2, as the results in results/small were run\n";
    assert!(stderr(&again).contains(told), "{}", stderr(&again));
    let other = bench.niwaki("verify", &["--set", "stage.dense.train.epochs=4"]);
    assert_eq!(other.status.code(), Some(2));
    let command = "they came from `niwaki run small.toml --set stage.dense.train.epochs=2 --backend flex`";
    assert!(stderr(&other).contains(command), "{}", stderr(&other));
}

// A lock that another process holds keeps the first training waiting until the interrupt.
#[test]
fn an_interrupt_is_told_to_programs_too() {
    use std::io::{BufRead, BufReader};

    let bench = Bench::new(TINY);
    bench.run(&[]);
    let key = *bench.plan(&[]).nodes.keys().next().expect("there is a training");
    let locks = bench.path().join("kept/.store/locks");
    fs::create_dir_all(&locks).expect("it can be made");
    let held = fs::File::create(locks.join(format!("{key}.lock"))).expect("it can be made");
    held.try_lock().expect("nobody else has it");
    for json in [false, true] {
        let more = ["--keep", "kept", "--json"];
        let mut child = bench.command("verify", &more[..2 + usize::from(json)]).spawn().expect("it starts");
        if json {
            std::thread::sleep(std::time::Duration::from_millis(1500));
        } else {
            let lines = BufReader::new(child.stderr.as_mut().expect("it is a pipe")).lines();
            lines.map_while(Result::ok).find(|line| line.starts_with("waiting for")).expect("it waits");
        }
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
        if json {
            let told: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("it is JSON");
            assert_eq!(told, serde_json::json!({ "interrupted": true, "kept": "kept" }));
        } else {
            let said = "interrupted, and nothing was compared: what was trained is kept in kept, and the same command \
                        goes on from there\n";
            assert!(stderr(&output).ends_with(said), "{}", stderr(&output));
        }
    }
}

#[test]
fn compare_is_of_folders() {
    let bench = Bench::new(TINY);
    let output = bench.niwaki("compare", &["results/small"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("two folders of results") && said.contains("`niwaki verify small.toml`"), "{said}");
}

#[test]
fn measurements_that_are_not_those_of_the_record_are_named() {
    let bench = Bench::new(TINY);
    bench.run(&[]);
    // As an earlier version wrote it, without digests.
    let record = bench.results().join("record.json");
    let text = fs::read_to_string(&record).expect("it is there");
    let mut value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    value.as_object_mut().expect("it is a table").remove("digests");
    fs::write(&record, value.to_string()).expect("it can be written");
    fs::copy(bench.results().join("layers.parquet"), bench.results().join("measurements.parquet"))
        .expect("it can be copied");
    let output = bench.niwaki("verify", &[]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("results/small/measurements.parquet: the tables are not those of the record"),
        "{said}"
    );
}
