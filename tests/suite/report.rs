//! Reports: charts that bring all they need, and text that says what was done.

use crate::support::{Bench, SMALL, TINY, stderr, stdout, untimed};
use std::fs;

/// Names of the charts of an experiment, in order.
fn charts(bench: &Bench) -> Vec<String> {
    let entries = fs::read_dir(bench.results().join("charts")).expect("there are charts");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("they can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn default_charts_come_with_no_configuration_in_three_forms() {
    let bench = Bench::new(SMALL);
    bench.run(&[]);
    let stems = [
        "cost",
        "sparse-area",
        "sparse-beside-importance",
        "sparse-layers",
        "sparse-sparsity-at-0.5-pp",
        "sparse-sparsity-at-1-pp",
        "sparse",
        "ticket-layers",
        "ticket",
        "training-dense",
        "training-sparse",
        "training-ticket",
    ];
    let forms = |stem: &&str| ["pdf", "png", "svg"].map(|form| format!("{stem}.{form}"));
    let expected: Vec<String> = stems.iter().flat_map(forms).collect();
    assert_eq!(charts(&bench), expected);
}

#[test]
fn a_chart_needs_nothing_from_outside() {
    let bench = Bench::new(SMALL);
    bench.run(&[]);
    let svg = fs::read_to_string(bench.results().join("charts/sparse.svg")).expect("charts are text");
    assert!(svg.contains("@font-face") && svg.contains("width=\"900\" height=\"560\""));
    let outside = svg.replace("http://www.w3.org/2000/svg", "");
    assert!(!outside.contains("http"), "it refers to something outside");
    let png = fs::File::open(bench.results().join("charts/sparse.png")).expect("it is there");
    let reader = png::Decoder::new(std::io::BufReader::new(png)).read_info().expect("it is a picture");
    assert_eq!((reader.info().width, reader.info().height), (1800, 1120));
}

#[test]
fn asked_for_charts_take_the_place_of_the_default_ones() {
    let asked = "\n[[chart]]\nstage = \"sparse\"\ntitle = \"Loss over rounds\"\nx = \"round\"\ny = \"loss\"\nscale = \"linear\"\n";
    let bench = Bench::new(&format!("{SMALL}{asked}"));
    bench.run(&[]);
    assert_eq!(charts(&bench), ["1-sparse-loss.pdf", "1-sparse-loss.png", "1-sparse-loss.svg"]);
    let svg = fs::read_to_string(bench.results().join("charts/1-sparse-loss.svg")).expect("charts are text");
    assert!(svg.contains("Loss over rounds") && svg.contains("test loss (nats)"));
    // Without the request, the default ones are back and the other is gone.
    fs::write(bench.file(), SMALL).expect("the file can be written");
    bench.run(&[]);
    assert!(!charts(&bench).iter().any(|name| name.contains("loss")));
}

#[test]
fn the_text_states_question_protocol_and_results() {
    let bench = Bench::new(&SMALL.replace("[data]", "question = \"Does it hold?\"\n[data]"));
    bench.run(&[]);
    let text = fs::read_to_string(bench.results().join("report.md")).expect("there is a report");
    let said = [
        "# A small experiment",
        "*Does it hold?*",
        "320 train, 80 validate, 200 test",
        "2,778 parameters, 2,720 of them prunable",
        "**Stage sparse** prunes the network of stage dense in 2 rounds",
        "6 trials with 2 seeds",
        "![",
        "### Stage sparse",
        "| magnitude  |     2 | 2 | 90.00 % |",
        "niwaki run small.toml --backend flex\n",
    ];
    for said in said {
        assert!(text.contains(said), "it does not say {said}:\n{text}");
    }
}

#[test]
fn the_report_says_how_to_get_the_same_numbers_again() {
    let bench = Bench::new(SMALL);
    let set = ["--set", "title=\"it's small\"", "--set", "sweep.seed=[5]", "--backend", "flex"];
    let before = bench.run(&set);
    let text = fs::read_to_string(bench.results().join("report.md")).expect("there is a report");
    let command =
        text.split("```sh\n").nth(1).and_then(|rest| rest.split("\n```").next()).expect("it has a command");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_niwaki")).parent().expect("it is in a folder");
    let path = format!("PATH='{}':\"$PATH\"; {command} --results again", program.display());
    let output = std::process::Command::new("sh").current_dir(bench.path()).args(["-c", &path]).output();
    let output = output.expect("a shell is there");
    assert!(output.status.success(), "{}", crate::support::stderr(&output));
    let again = crate::support::tables(&bench.path().join("again/small"));
    let again = untimed(&again.measurements);
    assert!(again.equals_missing(&before.measurements), "{again:?}");
    let record = fs::read_to_string(bench.results().join("record.json")).expect("there is a record");
    let record: serde_json::Value = serde_json::from_str(&record).expect("it is JSON");
    assert_eq!(record["provenance"]["set"], serde_json::json!(["title=\"it's small\"", "sweep.seed=[5]"]));
    assert_eq!(record["provenance"]["from-results"], "../../small.toml");
    assert_eq!(record["sweep"]["seed"], serde_json::json!([5]));
}

#[test]
fn the_command_of_a_report_names_its_results_and_promises_only_what_is_there() {
    let bench = Bench::new(SMALL);
    let run = bench.niwaki("run", &["--results", "else where"]);
    assert!(run.status.success(), "{}", crate::support::stderr(&run));
    let report =
        || fs::read_to_string(bench.path().join("else where/small/report.md")).expect("there is a report");
    assert!(
        report().contains(
            "niwaki run small.toml --backend flex --results 'else where'\n```\n\ngives these numbers"
        )
    );
    let set = ["--results", "else where", "--set", "sweep.seed=[0, 1, 2]"];
    assert!(bench.niwaki("report", &set).status.success());
    let incomplete = report();
    assert!(incomplete.contains("This report is incomplete"), "{incomplete}");
    assert!(
        incomplete.contains("```\n\nruns what is missing, and with other `--results` gives"),
        "{incomplete}"
    );
}

#[test]
fn results_of_another_file_of_the_same_name_are_left_alone() {
    let bench = Bench::new(SMALL);
    bench.run(&["--set", "sweep.seed=[0]"]);
    let before = fs::read(bench.results().join("record.json")).expect("there is a record");
    fs::create_dir(bench.path().join("other")).expect("it can be made");
    fs::write(bench.path().join("other/small.toml"), SMALL.replace("epochs    = 6", "epochs = 5"))
        .expect("it can be written");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_niwaki"));
    let output = command.current_dir(bench.path()).args(["run", "other/small.toml"]).output();
    let output = output.expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    let said = crate::support::stderr(&output);
    assert!(
        said.contains("holds the results of another experiment, small.toml; choose another place"),
        "{said}"
    );
    assert_eq!(fs::read(bench.results().join("record.json")).expect("there is a record"), before);
}

/// `niwaki report` of the folder of results: its exit status and what it says.
fn draw_again(bench: &Bench) -> (Option<i32>, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_niwaki"));
    let output = command.current_dir(bench.path()).args(["report", "results/small"]).output();
    let output = output.expect("the program starts");
    (output.status.code(), stderr(&output))
}

#[test]
fn a_table_that_is_not_what_was_written_is_made_again_and_never_drawn() {
    let bench = Bench::new(TINY);
    bench.run(&[]);
    let path = bench.results().join("measurements.parquet");
    let mut bytes = fs::read(&path).expect("there is a table");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("it can be written");
    let before = fs::read(bench.results().join("report.md")).expect("there is a report");
    let said = "error: results/small/measurements.parquet: was changed after it was written, or writing the results was \
                interrupted: it does not match its digest in \
                record.json; `niwaki report FILE` makes it again\n";
    assert_eq!(draw_again(&bench), (Some(2), said.to_owned()));
    assert_eq!(fs::read(bench.results().join("report.md")).expect("there is a report"), before);
    assert!(bench.niwaki("report", &[]).status.success());
    assert_eq!(draw_again(&bench), (Some(0), String::new()));
}

#[test]
fn a_record_that_was_changed_by_hand_is_said_to_have_been() {
    let bench = Bench::new(TINY);
    bench.run(&[]);
    let path = bench.results().join("record.json");
    let written = fs::read_to_string(&path).expect("there is a record");
    let report = || fs::read_to_string(bench.results().join("report.md")).expect("there is a report");
    let notice = "# A tiny experiment\n\n> **The record was changed by hand:**";
    assert_eq!(draw_again(&bench), (Some(0), String::new()));
    // One that somebody took the digest out of is no more what was written than another.
    let (before, after) = written.split_once("  \"digest\": ").expect("it has a digest");
    let without = format!("{before}{}", after.split_once('\n').expect("it has lines").1);
    let edited = written.replacen("\"cores\": ", "\"cores\": 1", 1);
    assert_ne!(edited, written);
    let said = "warning: results/small/record.json was changed by hand after it was written\n";
    for changed in [&without, &edited] {
        fs::write(&path, changed).expect("it can be written");
        // Drawing the results again does not make it what was written.
        for _ in 0..2 {
            assert_eq!(draw_again(&bench), (Some(0), said.to_owned()));
            assert!(report().starts_with(notice), "{}", &report()[..200]);
        }
    }
    let again = bench.niwaki("verify", &[]);
    assert!(again.status.success() && stdout(&again).contains(said), "{}", stdout(&again));
    // A run makes the record anew.
    bench.run(&[]);
    assert_eq!(draw_again(&bench), (Some(0), String::new()));
    assert!(!report().contains("changed by hand"));
}
