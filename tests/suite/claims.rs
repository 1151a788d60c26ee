//! Claims from the file to the verdict, as a user sees them.

use crate::support::{Bench, TINY, stderr, stdout};
use serde_json::Value;
use std::fs;
use std::process::{Command, Output};

/// A tiny experiment over three seeds that claims that half of the weights are gone, which is so without any scatter.
fn claiming(bound: &str) -> String {
    format!(
        r#"{TINY}
[sweep]
seed = [0, 1, 2]

[[claim]]
name    = "weights-are-gone"
text    = "Pruning removes weights"
source  = "everybody"
metric  = "sparsity"
of      = {{ stage = "sparse" }}
against = {{ stage = "dense" }}
expect.at-least = {bound}
because = "it is what was asked for"
"#
    )
}

fn report_of(bench: &Bench) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_niwaki"));
    command.current_dir(bench.path()).args(["report", "results/small"]).output().expect("the program starts")
}

#[test]
fn a_claim_that_holds_is_told_and_kept() {
    let bench = Bench::new(&claiming("0.4"));
    let output = bench.niwaki("run", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let line = "REPRODUCED      weights-are-gone; sparsity +50.00 pp [+50.00, +50.00] pp, claimed ≥ +40.00 pp, n = 3; \
                p < 0.0001\n";
    assert!(stdout(&output).starts_with(line), "{}", stdout(&output));
    let report = fs::read_to_string(bench.results().join("report.md")).expect("there is a report");
    let claims = report.find("## Claims").expect("claims are in the report");
    assert!(claims < report.find("## Protocol").expect("the protocol is in it"), "{report}");
    assert!(
        report.contains("`sparsity` of sparse against dense; ≥ +40.00 pp, because it is what was asked for.")
    );
    for file in ["claims.parquet", "claims.lock.json", "charts/claims.svg", "charts/claims.png"] {
        assert!(bench.results().join(file).is_file(), "{file}");
    }
    // The lock is not one of the files that are written over.
    let record = fs::read_to_string(bench.results().join("record.json")).expect("there is a record");
    assert!(!record.contains("claims.lock.json") && record.contains("\"claims.parquet\""));
    assert_eq!(report_of(&bench).status.code(), Some(0));
}

#[test]
fn a_claim_that_does_not_hold_sets_the_exit_status() {
    let bench = Bench::new(&claiming("0.6"));
    let output = bench.niwaki("run", &["--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let told: Value = serde_json::from_str(&stdout(&output)).expect("it is JSON");
    assert_eq!(told["claims"][0]["verdict"], "NOT REPRODUCED");
    assert_eq!(told["claims"][0]["at_least"], 0.6);
    assert_eq!(told["claims"][0]["at_most"], Value::Null);
    let again = report_of(&bench);
    assert_eq!(again.status.code(), Some(3));
    assert!(stdout(&again).starts_with("NOT REPRODUCED  weights-are-gone; "), "{}", stdout(&again));
}

#[test]
fn a_claim_that_was_changed_after_the_results_is_marked_wherever_it_is_shown() {
    let bench = Bench::new(&claiming("0.6"));
    bench.niwaki("run", &[]);
    fs::write(bench.file(), claiming("0.4")).expect("it can be written to");
    let output = bench.niwaki("run", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stdout(&output);
    assert!(
        said.starts_with("REPRODUCED ") && said.contains("DEVIATED: changed after results existed"),
        "{said}"
    );
    let report = fs::read_to_string(bench.results().join("report.md")).expect("there is a report");
    assert!(report.contains("REPRODUCED (DEVIATED)"), "{report}");
    // What was claimed first is claimed still.
    fs::write(bench.file(), claiming("0.6")).expect("it can be written to");
    assert!(!stdout(&bench.niwaki("run", &[])).contains("DEVIATED"));
}

#[test]
fn one_seed_is_too_few_and_is_told_before_and_after() {
    let bench = Bench::new(&claiming("0.4"));
    let set = ["--set", "sweep.seed=[1]"];
    let why = "it takes 3 seeds, and there is 1";
    let check = bench.niwaki("check", &set);
    assert_eq!(check.status.code(), Some(0));
    assert!(
        stderr(&check).contains(&format!("claim weights-are-gone is INADMISSIBLE: {why}")),
        "{}",
        stderr(&check)
    );
    assert!(stdout(&bench.niwaki("plan", &set)).contains(why));
    let run = bench.niwaki("run", &set);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(
        stdout(&run).starts_with(&format!("INADMISSIBLE    weights-are-gone; {why}\n")),
        "{}",
        stdout(&run)
    );
}

// Accuracies of 20 images scatter by more than 0.01 %.
#[test]
fn once_there_are_results_it_is_told_how_many_seeds_a_tolerance_needs() {
    let narrow = claiming("-0.0001").replace("\"sparsity\"", "\"accuracy\"");
    let bench = Bench::new(&narrow);
    assert!(!stderr(&bench.niwaki("check", &[])).contains("scatter"));
    bench.niwaki("run", &[]);
    let said = stderr(&bench.niwaki("check", &[]));
    assert!(said.contains("to tell a difference as small as the tolerance, 0.01 pp, takes about"), "{said}");
}

#[test]
fn what_was_set_over_an_axis_takes_a_claim_away_and_is_no_mistake() {
    let text =
        claiming("0.4").replace("against = { stage = \"dense\" }", "against = { importance = \"random\" }");
    let text = text.replace(
        "of      = { stage = \"sparse\" }",
        "of      = { stage = \"sparse\", importance = \"magnitude\" }",
    );
    let text = text.replace(
        "seed = [0, 1, 2]",
        "seed = [0, 1, 2]\nstage.sparse.prune.importance = [\"magnitude\", \"random\"]",
    );
    let bench = Bench::new(&text);
    for set in
        ["stage.sparse.prune.importance=\"magnitude\"", "sweep.stage.sparse.prune.importance=[\"magnitude\"]"]
    {
        let check = bench.niwaki("check", &["--set", set]);
        assert_eq!(check.status.code(), Some(0), "{}", stderr(&check));
        assert!(
            stderr(&check).contains("is INADMISSIBLE: `stage.sparse.prune.importance` is"),
            "{}",
            stderr(&check)
        );
    }
    let check = bench.niwaki("check", &[]);
    assert!(!stderr(&check).contains("INADMISSIBLE"), "{}", stderr(&check));
}
