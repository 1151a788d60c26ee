//! Searches for the smallest network that is good enough, and rounds that end early.

use crate::reading::{assert_says, charts, report, results, table, words};
use crate::support::{Bench, Numbers, stderr, tables};
use niwaki::plan::plan;
use niwaki::results::Record;
use niwaki::spec::load;
use polars::prelude::{AnyValue, DataFrame};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

/// A network on made-up images, and the smallest that is nearly as good.
const BASE: &str = r#"
title = "A case"
[data]
source.synthetic = { train = 200, test = 100 }
validation = 0.2
[stage.dense.train]
model.mlp = { hidden = [16, 8] }
epochs = 6
batch = 20
optimizer.sgd = { lr = 0.05, momentum = 0.9 }
[stage.smallest.prune]
from = "dense"
importance = "magnitude"
target.loss-rise = { within = 0.1, probes = 5 }
recover.epochs = 2
"#;

/// Rounds that go on while the accuracy is nearly as good.
const ROUNDS: &str = r#"
[stage.rounds.prune]
from = "dense"
importance = "magnitude"
schedule.geometric = { rate = 0.5, rounds = 12, until = { accuracy-drop = 0.05 } }
recover.epochs = 1
"#;

/// A row of a table.
type Row = BTreeMap<String, AnyValue<'static>>;

fn rows(table: &DataFrame, stage: &str) -> Vec<Row> {
    let columns = table.columns();
    let row = |row: usize| {
        let value = |name: &str, value: AnyValue<'_>| (name.to_owned(), value.into_static());
        let values =
            columns.iter().map(|column| value(column.name(), column.get(row).expect("it has so many")));
        values.collect::<Row>()
    };
    (0..table.height()).map(row).filter(|row| text(row, "stage") == stage).collect()
}

fn text(row: &Row, column: &str) -> String {
    row[column].get_str().unwrap_or_default().to_owned()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].extract().unwrap_or_else(|| panic!("{column} is {:?}", row[column]))
}

fn measured(bench: &Bench, stage: &str) -> Vec<Row> {
    rows(&tables(&bench.results()).measurements, stage)
}

/// What `niwaki run --json` says.
fn run_json(bench: &Bench, more: &[&str]) -> Value {
    let output = bench.niwaki("run", &[&["--json"], more].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)))
}

// By hand: what is tried follows from what held; the result is the last that held, and the row of its probe says the
// same but for what was asked.
#[test]
fn the_result_is_the_smallest_network_that_held() {
    let bench = results(&format!("{BASE}[sweep]\nseed = [0, 1]"));
    let all = measured(&bench, "smallest");
    let dense = measured(&bench, "dense");
    for (seed, dense) in [0.0, 1.0].into_iter().zip(&dense) {
        let of_seed: Vec<&Row> = all.iter().filter(|row| number(row, "seed") == seed).collect();
        let (result, probes) = of_seed.split_last().expect("there are rows");
        assert_eq!((text(result, "probe"), probes.len()), ("result".to_owned(), 5));
        assert_eq!((text(result, "target"), number(result, "requested")), ("loss-rise".to_owned(), 0.1));
        let limit = number(dense, "loss_validation") + 0.1;
        let (mut low, mut high, mut found) = (0_u32, 10_000_u32, None);
        for probe in probes {
            let middle = (low + high).div_ceil(2);
            assert_eq!(number(probe, "requested"), f64::from(middle) / 10_000.0);
            assert_eq!(number(probe, "limit"), limit);
            let holds = number(probe, "loss_validation") <= limit;
            assert_eq!(text(probe, "probe"), if holds { "held" } else { "not-held" });
            if holds {
                (low, found) = (middle, Some(probe));
            } else {
                high = middle;
            }
        }
        assert!(high < 10_000, "something did not hold, or the test says little");
        let found = found.expect("something held");
        for (column, value) in *result {
            let differs = ["probe", "target", "requested"].contains(&column.as_str());
            assert!(
                differs || found[column] == *value,
                "{column}: {value:?}, and of the probe {:?}",
                found[column]
            );
        }
    }
    // A line of the table, and a point of the chart, are of results alone.
    let [row] = table(&bench, "smallest").try_into().expect("there is one setting");
    assert_eq!((row[1].as_str(), row[2].as_str()), ("2", "loss + 0.1"));
    let expected = ["search-smallest", "smallest", "smallest-layers", "training-dense", "training-smallest"];
    assert_eq!(charts(&bench), expected);
    let chart = words(&bench, "search-smallest");
    assert_says(
        &chart,
        &[
            "Rise of the validation loss against sparsity: probes of stage smallest",
            "limit: 0.1",
            "did not hold",
        ],
    );
    // Every probe is in the history, and no training twice.
    let history = rows(&tables(&bench.results()).history, "smallest");
    let seen: BTreeSet<(String, String)> =
        history.iter().map(|row| (text(row, "key"), format!("{:?}", row["step"]))).collect();
    let keys: BTreeSet<String> = history.iter().map(|row| text(row, "key")).collect();
    assert_eq!((history.len(), keys.len()), (seen.len(), 10));
}

#[test]
fn a_probe_is_the_node_of_a_stage_that_aims_at_its_sparsity() {
    let bench = results(BASE);
    for probe in measured(&bench, "smallest").iter().filter(|row| text(row, "probe") != "result") {
        let set = format!("stage.smallest.prune.target={{ sparsity = {} }}", number(probe, "requested"));
        let loaded = load(&bench.file(), &[set]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let plan = plan(&loaded, &|source| source.fingerprint().ok()).expect("it plans");
        let keys: Vec<String> = plan.nodes.keys().map(ToString::to_string).collect();
        assert!(keys.contains(&text(probe, "key")), "{probe:?}");
    }
    // The same, with rows that are not marked, beside a search that shares it.
    let axes = "[sweep]\nstage.smallest.prune.target = [{ loss-rise = { within = 0.1, probes = 5 } }, { sparsity = 0.5 }]";
    fs::write(bench.file(), format!("{BASE}{axes}")).expect("it can be written");
    let said = run_json(&bench, &["--results", "elsewhere"]);
    assert_eq!([&said["done"], &said["failed"]], [3, 0]);
}

#[test]
fn a_second_run_computes_nothing_and_a_fresh_one_everything() {
    let bench = results(&format!("{BASE}{ROUNDS}"));
    let before = bench.numbers();
    assert_eq!(run_json(&bench, &[])["done"], 0);
    before.assert_same(&bench.numbers());
    let artifacts = artifacts(&bench);
    assert_eq!(run_json(&bench, &["--fresh"])["done"], 3);
    before.assert_same(&bench.numbers());
    let again = self::artifacts(&bench);
    assert_eq!(artifacts.len(), again.len());
    assert!(again.iter().all(|(name, made)| artifacts[name] < *made), "something was not made again");
}

/// When each artifact was made.
fn artifacts(bench: &Bench) -> BTreeMap<String, std::time::SystemTime> {
    let folders = fs::read_dir(bench.store()).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    let of_file = |file: fs::DirEntry| {
        let name = file.file_name().to_string_lossy().into_owned();
        let made = file.metadata().and_then(|metadata| metadata.modified()).ok()?;
        let is_artifact = name.ends_with(".json") && !name.contains(".measured-");
        is_artifact.then_some((name, made))
    };
    files.filter_map(of_file).collect()
}

#[test]
fn a_search_that_was_killed_goes_on_after_its_last_probe() {
    let text = BASE.replace("recover.epochs = 2", "recover.epochs = 15");
    let expected = results(&text).numbers();
    let bench = Bench::new(&text);
    let mut child = bench.command("run", &[]).spawn().expect("the program starts");
    // The dense network and two probes.
    while artifacts(&bench).len() < 3 && child.try_wait().expect("it is a child").is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let before = artifacts(&bench);
    assert_eq!(run_json(&bench, &[])["failed"], 0);
    let after = artifacts(&bench);
    assert!(before.iter().all(|(name, made)| after[name] == *made), "something was made again");
    expected.assert_same(&bench.numbers());
}

#[test]
fn a_probe_that_is_gone_is_made_again() {
    let bench = results(BASE);
    let before: Numbers = bench.numbers();
    let probes = measured(&bench, "smallest");
    let key = text(&probes[0], "key");
    for end in ["json", "safetensors"] {
        fs::remove_file(bench.store().join(&key[..2]).join(format!("{key}.{end}"))).expect("it is there");
    }
    assert_eq!(run_json(&bench, &[])["done"], 1);
    before.assert_same(&bench.numbers());
}

#[test]
fn where_nothing_holds_the_trial_fails_and_the_others_go_on() {
    let experiment = BASE
        .replace("within = 0.1, probes = 5", "within = 1e-9, probes = 2")
        .replace("recover.epochs = 2", "");
    let bench =
        Bench::new(&format!("{experiment}{}", ROUNDS.replace("accuracy-drop = 0.05", "loss-rise = 2.0")));
    let output = bench.niwaki("run", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let record = Record::read(&bench.results()).expect("it can be read").expect("it is there");
    let [missing] = record.missing.as_slice() else { panic!("{:?}", record.missing) };
    assert_eq!((missing.stage.as_str(), missing.blocked), ("smallest", false));
    let error = missing.error.as_deref().unwrap_or_default();
    assert_says(error, &["none of 2 probes held: a validation loss within 1e-9 of that before pruning, "]);
    assert_says(error, &["the best was ", ", at the sparsity 0."]);
    assert!(!measured(&bench, "rounds").is_empty());
    assert_says(&report(&bench), &["none of 2 probes held"]);
    // What was tried is in the tables, and nothing of it is a result.
    let tried = measured(&bench, "smallest");
    let marked: Vec<(String, String)> =
        tried.iter().map(|row| (text(row, "probe"), text(row, "target"))).collect();
    let expected = ("not-held".to_owned(), "sparsity".to_owned());
    assert_eq!(marked, [expected.clone(), expected]);
    assert_eq!(tried.iter().map(|row| number(row, "requested")).collect::<Vec<_>>(), [0.5, 0.25]);
    let evaluations = rows(&tables(&bench.results()).history, "smallest");
    let evaluated: BTreeSet<String> = evaluations.iter().map(|row| text(row, "key")).collect();
    assert_eq!(evaluated, tried.iter().map(|row| text(row, "key")).collect());
    let numbers = bench.numbers();
    assert_eq!(bench.niwaki("report", &[]).status.code(), Some(1));
    numbers.assert_same(&bench.numbers());
    // The probes are there: the same run fails again at once.
    let before = artifacts(&bench);
    assert_eq!(bench.niwaki("run", &[]).status.code(), Some(1));
    assert_eq!(artifacts(&bench), before);
}

#[test]
fn a_first_round_that_does_not_hold_is_in_the_tables() {
    let rounds =
        ROUNDS.replace("rate = 0.5", "rate = 0.99").replace("accuracy-drop = 0.05", "loss-rise = 1e-9");
    let bench = Bench::new(&format!("{BASE}{}", rounds.replace("recover.epochs = 1", "")));
    let output = bench.niwaki("run", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let [row] = measured(&bench, "rounds").try_into().expect("one round was tried");
    assert_eq!((text(&row, "probe"), number(&row, "round")), ("not-held".to_owned(), 1.0));
    assert_says(&report(&bench), &["the first round did not hold"]);
}

// Half of the weights go in every round, so the accuracy falls sooner or later.
#[test]
fn rounds_end_once_one_does_not_hold() {
    let bench = results(&format!("{BASE}{ROUNDS}[sweep]\nseed = [0, 1]"));
    let accuracy = |row: &Row| number(row, "accuracy_validation");
    let mut ended = 0;
    for (seed, dense) in [0.0, 1.0].into_iter().zip(measured(&bench, "dense")) {
        let all = measured(&bench, "rounds");
        let rounds: Vec<&Row> = all.iter().filter(|row| number(row, "seed") == seed).collect();
        let [before @ .., found, last] = rounds.as_slice() else { panic!("{rounds:?}") };
        let holds = |row: &Row| accuracy(row) >= accuracy(&dense) - 0.05 - 1e-9;
        assert!(before.iter().all(|row| holds(row) && row["probe"].is_null()));
        assert_eq!((holds(found), text(found, "probe")), (true, "result".to_owned()));
        assert_eq!((holds(last), text(last, "probe")), (false, "not-held".to_owned()));
        assert_eq!(number(last, "round"), rounds.len() as f64);
        ended += usize::from(rounds.len() < 12);
    }
    let record = Record::read(&bench.results()).expect("it can be read").expect("it is there");
    assert_eq!(record.ended_early.len(), ended);
    assert!(ended > 0, "some rounds were not needed, or the test says little");
    assert_says(&record.ended_early[0], &["of rounds seed", "not needed: after round", "within 0.05"]);
    assert_says(&report(&bench), &["## Ended early"]);
    // Below the rounds is what the stage gives: of each seed another round.
    let rows = table(&bench, "rounds");
    let result = rows.last().expect("there are rows");
    assert_eq!([result[0].as_str(), result[1].as_str()], ["result", "2"]);
}

// The first rounds are those of a stage of the same name without an end.
#[test]
fn rounds_that_may_end_early_are_ordinary_rounds() {
    let bench = results(&format!("{BASE}{ROUNDS}"));
    let before: BTreeSet<String> = measured(&bench, "rounds").iter().map(|row| text(row, "key")).collect();
    let without_end = ROUNDS.replace(", until = { accuracy-drop = 0.05 }", "");
    fs::write(bench.file(), format!("{BASE}{without_end}")).expect("it can be written");
    let loaded = load(&bench.file(), &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let plan = plan(&loaded, &|source| source.fingerprint().ok()).expect("it plans");
    let keys: BTreeSet<String> = plan.nodes.keys().map(ToString::to_string).collect();
    assert!(before.is_subset(&keys));
}

#[test]
fn later_stages_build_on_what_was_found() {
    let later = r#"
        [stage.later.prune]
        from = "smallest"
        importance = "magnitude"
        schedule.geometric = { rate = 0.5, rounds = 2 }
        recover.rewind = "1ep"
        [stage.student.train]
        model.mlp = { hidden = [4] }
        epochs = 1
        teacher = "smallest"
        loss.soft-labels = { weight = 1.0, temperature = 2.0 }
        [stage.again.prune]
        from = "rounds"
        importance = "magnitude"
        target.accuracy-drop = { within = 0.2, probes = 2 }
    "#;
    let bench = results(&format!("{BASE}{ROUNDS}{later}"));
    let found = measured(&bench, "smallest").pop().expect("there is a result");
    let [first, second] = measured(&bench, "later").try_into().expect("there are two rounds");
    let left = |row: &Row| number(row, "nonzero");
    // Of an odd number half is rounded away from zero.
    assert!((left(&first) - left(&found) / 2.0).abs() <= 0.5 && left(&second) < left(&first));
    assert!(first["requested"].is_null());
    let again = measured(&bench, "again");
    let start = measured(&bench, "rounds").into_iter().find(|row| text(row, "probe") == "result");
    let gone = number(&start.expect("there is a result"), "sparsity");
    assert!(again.iter().all(|row| number(row, "sparsity") >= gone), "{gone} is gone already");
    assert!(number(&again[0], "requested") > gone);
}

#[test]
fn the_plan_says_how_many_probes_there_are_at_most() {
    let bench = Bench::new(&format!("{BASE}{ROUNDS}"));
    let output = bench.niwaki("plan", &[]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_says(&said, &["2 (at most 17 probes)", "at most "]);
    let json: Value = serde_json::from_slice(&bench.niwaki("plan", &["--json"]).stdout).expect("it is JSON");
    // 160 images are 8 steps: 6 epochs, 5 probes of 2 and 12 rounds of 1.
    assert_eq!([&json["probes_at_most"], &json["steps"]], [17, 8 * (6 + 5 * 2 + 12)]);
}
