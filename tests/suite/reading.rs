//! What reports and charts say.

use crate::support::Bench;
use std::fs;

/// A network on made-up images, and one pruned from it.
pub const PRUNED: &str = r#"
title = "A case"
[data]
source.synthetic = { train = 128, test = 64 }
[stage.dense.train]
model.mlp = { hidden = [8] }
steps = 10
[stage.sparse.prune]
from = "dense"
importance = "magnitude"
target.sparsity = 0.9
recover = { steps = 5, optimizer.adam.lr = 1e-3 }
"#;

/// The results of an experiment.
pub fn results(text: &str) -> Bench {
    let bench = Bench::new(text);
    bench.run(&[]);
    bench
}

/// The text of the report.
pub fn report(bench: &Bench) -> String {
    fs::read_to_string(bench.results().join("report.md")).expect("there is a report")
}

/// The cells of the table of `stage`.
pub fn table(bench: &Bench, stage: &str) -> Vec<Vec<String>> {
    let report = report(bench);
    let start = report.find(&format!("### Stage {stage}\n")).expect("the stage has a table");
    let lines = report[start..].lines().skip_while(|line| !line.starts_with('|')).skip(2);
    let lines = lines.take_while(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// Names of the charts, in order.
pub fn charts(bench: &Bench) -> Vec<String> {
    let entries = fs::read_dir(bench.results().join("charts")).expect("there are charts");
    let names =
        entries.map(|entry| entry.expect("they can be read").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter_map(|name| Some(name.strip_suffix(".svg")?.to_owned())).collect();
    names.sort();
    names
}

/// All that a chart says, in the order in which it is drawn.
pub fn words(bench: &Bench, chart: &str) -> String {
    let path = bench.results().join("charts").join(format!("{chart}.svg"));
    let svg = fs::read_to_string(path).expect("charts are text");
    let texts = svg.split("<text").skip(1).filter_map(|text| {
        let text = text.split_once('>')?.1.split("</text>").next()?;
        Some(text.trim())
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// Fails unless `text` has all of `said`.
pub fn assert_says(text: &str, said: &[&str]) {
    for said in said {
        assert!(text.contains(said), "it does not say {said}:\n{text}");
    }
}
