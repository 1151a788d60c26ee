//! Latencies are measured where somebody asks, kept, and change nothing else.

use crate::reading::{assert_says, charts, report, words};
use crate::support::{Bench, TINY, stderr, tables, untimed};
use niwaki::results::Record;
use std::fs;
use std::path::PathBuf;

const COLUMNS: [&str; 4] = ["latency_ms", "latency_p90_ms", "latency_64_ms", "latency_64_p90_ms"];

/// The four latencies of every row, those of each column together.
fn latencies(bench: &Bench) -> Vec<Vec<Option<f64>>> {
    let measurements = tables(&bench.results()).measurements;
    let column = |name: &str| {
        let column = measurements.column(name).expect("there is such a column");
        column.f64().expect("it has numbers").iter().collect()
    };
    COLUMNS.map(column).to_vec()
}

/// The files of latencies in the store, with what is in them.
fn files(bench: &Bench) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in fs::read_dir(bench.store()).expect("there is a store") {
        let folder = folder.expect("it can be read").path();
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("it can be read").path();
            if path.to_string_lossy().contains(".latency-1-") {
                found.push((path.clone(), fs::read(path).expect("it can be read")));
            }
        }
    }
    found.sort();
    found
}

fn run(bench: &Bench, more: &[&str]) -> String {
    let output = bench.niwaki("run", more);
    assert!(output.status.success(), "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn latencies_are_null_until_they_are_asked_for_and_change_nothing_else() {
    let bench = Bench::new(TINY);
    run(&bench, &[]);
    assert!(latencies(&bench).iter().flatten().all(Option::is_none));
    assert!(!report(&bench).contains("**Latency.**") && files(&bench).is_empty());
    let before = tables(&bench.results());
    let said = run(&bench, &["--latency"]);
    assert_says(&said, &["measuring the latency of 2 networks", "[2/2] latency of ", " ms for an image, "]);
    for (column, p90) in [(0, 1), (2, 3)] {
        let all = latencies(&bench);
        for (median, p90) in all[column].iter().zip(&all[p90]) {
            let (median, p90) = (median.expect("it is measured"), p90.expect("it is measured"));
            assert!(0.0 < median && median <= p90 && p90 < 10_000.0, "{median} {p90}");
        }
    }
    let after = tables(&bench.results());
    assert!(untimed(&before.measurements).equals_missing(&untimed(&after.measurements)));
    assert!(before.layers.equals_missing(&after.layers) && before.history.equals_missing(&after.history));
    let record = Record::read(&bench.results()).unwrap().expect("there is a record");
    let machine = record.latency_machine.expect("it says what was measured on");
    assert!(machine.computed_by.backend.starts_with("flex "), "{machine:?}");
    assert_says(
        &report(&bench),
        &["**Latency.** The wall clock of a forward pass", &machine.computed_by.backend],
    );
}

#[test]
fn what_was_measured_is_kept_until_everything_is_made_afresh() {
    let bench = Bench::new(TINY);
    run(&bench, &["--latency"]);
    let (first, kept) = (latencies(&bench), files(&bench));
    assert_eq!(kept.len(), 2);
    // Neither another run nor a report measures again, and both have the numbers.
    assert!(!run(&bench, &["--latency"]).contains("measuring"));
    assert_eq!((latencies(&bench), files(&bench)), (first.clone(), kept.clone()));
    run(&bench, &[]);
    assert_eq!(latencies(&bench), first);
    fs::remove_dir_all(bench.results()).expect("it can be removed");
    assert!(bench.niwaki("report", &[]).status.success());
    assert_eq!(latencies(&bench), first);
    assert_says(&run(&bench, &["--fresh", "--latency"]), &["measuring the latency of 2 networks"]);
    assert!(files(&bench).iter().zip(&kept).all(|(now, before)| now.0 == before.0 && now.1 != before.1));
}

#[test]
fn a_damaged_latency_is_set_aside_and_measured_again() {
    let bench = Bench::new(TINY);
    run(&bench, &["--latency"]);
    let (path, mut bytes) = files(&bench).remove(0);
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).expect("it can be written");
    let output = bench.niwaki("report", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_says(
        &stderr(&output),
        &["warning: a latency is left out: ", "`niwaki run --latency` measures it again"],
    );
    assert_eq!(latencies(&bench)[0].iter().filter(|latency| latency.is_none()).count(), 1);
    assert_says(&run(&bench, &["--latency"]), &["measuring the latency of 1 network"]);
    assert!(latencies(&bench).iter().flatten().all(Option::is_some));
    let name = path.file_name().expect("it has one");
    assert_eq!(fs::read(bench.store().join("damaged").join(name)).expect("it is there"), bytes);
}

// Two stages of two seeds.
#[test]
fn a_chart_of_a_latency_asks_for_it() {
    let chart = "[[chart]]\nstage = \"sparse\"\nx = \"latency_64_ms\"\n[[chart]]\nkind = \"pareto\"\nx = \"latency_ms\"\n[[chart]]\nstage = \"sparse\"\nx = \"macs\"\n[sweep]\nseed = [0, 1]\n";
    let bench = Bench::new(&format!("{TINY}{chart}"));
    assert_says(&run(&bench, &[]), &["measuring the latency of 4 networks"]);
    assert_eq!(charts(&bench), ["1-sparse-accuracy", "2-pareto-accuracy", "3-sparse-accuracy"]);
    let said = ["mean of 2 seeds, bar", "x: the mean of the same seeds", "latency of 64 images (ms, median)"];
    assert_says(&words(&bench, "1-sparse-accuracy"), &said);
    assert_says(
        &words(&bench, "2-pareto-accuracy"),
        &["lower latency of one image and higher test accuracy are better"],
    );
}

// A report of what was never measured says why the chart is not there.
#[test]
fn a_chart_of_what_was_not_measured_is_left_out_and_says_so() {
    let bench = Bench::new(TINY);
    run(&bench, &[]);
    let chart = "[[chart]]\nstage = \"sparse\"\nx = \"latency_ms\"\n[[chart]]\nkind = \"pareto\"\nx = \"latency_ms\"\n";
    fs::write(bench.file(), format!("{TINY}{chart}")).expect("it can be written");
    assert!(bench.niwaki("report", &[]).status.success());
    let said = [
        "The chart “Test accuracy against latency of one image: stage sparse” is not drawn: no point of it has a place on its axes: sparse (no latency of one image)",
        "The chart “Pareto front: test accuracy against latency of one image” is not drawn",
    ];
    assert_says(&report(&bench), &said);
}
