//! What the program prints, and where it cannot.

use crate::support::{Bench, TINY, stderr, stdout};
use serde_json::Value;
use std::fs::File;
use std::process::{Command, Stdio};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

#[test]
fn a_reader_that_is_gone_is_no_error() {
    let bench = Bench::new(TINY);
    let mut schema = Command::new(env!("CARGO_BIN_EXE_niwaki"));
    schema.arg("schema").stdout(Stdio::piped()).stderr(Stdio::piped());
    for mut command in [schema, bench.command("plan", &[]), bench.command("check", &[])] {
        let mut child = command.spawn().expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0));
        assert!(stderr(&output).lines().all(|line| line.starts_with("hint: ")), "{}", stderr(&output));
    }
}

#[test]
fn a_run_goes_on_when_nobody_reads_what_it_says() {
    let bench = Bench::new(TINY);
    let mut child = bench.command("run", &[]).spawn().expect("the program starts");
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(bench.numbers().measurements.height(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_said_and_behind_standard_error_is_not() {
    let full = || File::options().write(true).open("/dev/full").expect("Linux has it");
    let bench = Bench::new(TINY);
    let output = bench.command("plan", &[]).stdout(full()).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("error: standard output: "), "{}", stderr(&output));
    let output = bench.command("run", &[]).stderr(full()).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_program_that_reads_json_gets_it_of_errors_too() {
    let bench = Bench::new(&TINY.replace("epochs = 3", "epohcs = 3"));
    for subcommand in ["plan", "run"] {
        let output = bench.niwaki(subcommand, &["--json"]);
        assert_eq!(output.status.code(), Some(2), "{subcommand}");
        let told = json(&stdout(&output));
        assert_eq!(told["errors"][0]["key"], "stage.dense.train.epohcs", "{told}");
        let output = bench.niwaki(subcommand, &["--json", "--worker", "1"]);
        assert_eq!(output.status.code(), Some(2), "{subcommand}");
        let told = json(&stdout(&output));
        let message = told["errors"][0]["message"].as_str().expect("there is a message");
        assert!(message.contains("--workers"), "{told}");
    }
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let bench = Bench::new(TINY);
    let mut command = bench.command("run", &[]);
    for name in ["NIWAKI_RESULTS", "NIWAKI_BACKEND", "NIWAKI_WORKERS", "NIWAKI_ISA"] {
        command.env(name, "");
    }
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(bench.results().join("report.md").is_file());
}

#[test]
fn a_report_of_results_takes_no_settings() {
    let bench = Bench::new(TINY);
    bench.run(&[]);
    let report = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_niwaki"));
        // What stands in for an option is for other commands too.
        command.env("NIWAKI_BACKEND", "ndarray").env("NIWAKI_RESULTS", "elsewhere");
        command.arg("report").arg(bench.results()).args(more).output().expect("the program starts")
    };
    for [option, value] in [["--set", "seed=1"], ["--backend", "flex"], ["--results", "other"]] {
        let output = report(&[option, value]);
        assert_eq!(output.status.code(), Some(2), "{option}");
        let said = format!("`{option}` goes with an experiment file");
        assert!(stderr(&output).contains(&said), "{}", stderr(&output));
    }
    assert_eq!(report(&[]).status.code(), Some(0));
    let mut nothing = Command::new(env!("CARGO_BIN_EXE_niwaki"));
    let output = nothing.args(["report", "nothing"]).output().expect("the program starts");
    let said = "error: there is no `nothing`: neither a folder of results nor an experiment file\n";
    assert_eq!((output.status.code(), &*stderr(&output)), (Some(2), said));
}

#[test]
fn every_line_about_a_node_names_its_setting() {
    let sweep = "[sweep]\nstage.dense.train.optimizer.sgd.lr = [0.05, 1e30, 1e31]\n\n[stage.dense.train]";
    let bench = Bench::new(&TINY.replace("[stage.dense.train]", sweep));
    let output = bench.niwaki("run", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    for line in [
        "dense (lr=0.05) seed 0: accuracy",
        "error: dense (lr=1e30) seed 0: ",
        "error: dense (lr=1e31) seed 0: ",
    ] {
        assert!(stderr(&output).contains(line), "no line {line} in {}", stderr(&output));
    }
}
