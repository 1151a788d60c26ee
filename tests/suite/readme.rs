//! The numbers of README are those of the shipped results, and of the same trainings by PyTorch.

use crate::support::{Bench, stderr, stdout};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The reports of the shipped results, by the names of their experiments.
fn reports() -> BTreeMap<String, String> {
    let dir = root().join("results");
    let names = fs::read_dir(dir).expect("there are results").map(|entry| entry.expect("it can be read"));
    let named = names.filter_map(|entry| {
        let report = fs::read_to_string(entry.path().join("report.md")).ok()?;
        Some((entry.file_name().to_string_lossy().into_owned(), report))
    });
    named.collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("there is a README")
}

/// The rows of README's table of claims for one report: what is claimed and by whom, and what was found.
fn claims(name: &str, report: &str) -> Vec<String> {
    let section = report.split("\n## ").find_map(|section| section.strip_prefix("Claims\n"));
    let lines = section.unwrap_or_default().lines().filter(|line| line.starts_with('|')).skip(2);
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let &[claim, verdict, estimate, interval, claimed, n, ..] = &cells[..] else {
            panic!("a row of claims has other columns: {line}");
        };
        let said = report.lines().find_map(|line| line.strip_prefix(&format!("- `{claim}`: ")));
        let (said, _) = said.and_then(|said| said.split_once(". `")).expect("each claim is explained");
        let found = format!("{estimate} {interval}, n = {n}");
        format!("| [{name}](results/{name}/report.md) | {said} | {claimed} | {found} | {verdict} |")
    };
    lines.map(row).collect()
}

// `UPDATE_CASES=1 cargo test --release readme` writes the table anew.
#[test]
fn its_verdicts_are_those_of_the_reports() {
    const HEADER: &str = "| experiment | what the literature says | claimed | found | verdict |\n| --- | --- | --- | --- | --- |\n";
    let rows: Vec<String> = reports().iter().flat_map(|(name, report)| claims(name, report)).collect();
    assert!(rows.len() >= 10, "the shipped experiments claim more than {rows:?}");
    let table = format!("{HEADER}{}\n", rows.join("\n"));
    let readme = readme();
    let start = readme.find(HEADER).expect("README has a table of claims");
    let end = start + readme[start..].find("\n\n").expect("text follows the table") + 1;
    if readme[start..end] == table {
        return;
    }
    if std::env::vars().any(|(name, _)| name == "UPDATE_CASES") {
        fs::write(root().join("README.md"), format!("{}{table}{}", &readme[..start], &readme[end..]))
            .expect("README can be written");
        return;
    }
    panic!("README should have this table:\n{table}");
}

// What is claimed of it goes with the stage that is shown, and no setting is without effect.
#[test]
fn its_page_of_the_language_is_an_experiment_without_warnings() {
    let readme = readme();
    let page = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let bench = Bench::new(page.expect("README shows an experiment"));
    let checked = bench.niwaki("check", &[]);
    assert_eq!((checked.status.code(), &*stderr(&checked)), (Some(0), ""), "{}", stdout(&checked));
}

/// The numbers of `text` that carry a unit: `96.90 %`, `+1.52 pp`.
fn numbers(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split([' ', '\u{a0}']).collect();
    let is_unit = |word: &str| word.starts_with('%') || word.starts_with("pp");
    let pairs = words.windows(2).filter(|pair| is_unit(pair[1]));
    pairs.map(|pair| pair[0].trim_matches(|c: char| !c.is_ascii_digit()).to_owned()).collect()
}

#[test]
fn numbers_with_units_are_found() {
    assert_eq!(numbers("had 91.91 % against +1.52 pp; 8 units"), ["91.91", "1.52"]);
}

// What an experiment showed that claims nothing: a line of the list that links to its report.
#[test]
fn its_other_numbers_are_those_of_the_tables() {
    let mut checked = 0;
    for (name, report) in reports() {
        let readme = readme();
        let link = format!("- [{name}](results/{name}/report.md)");
        for paragraph in readme.split("\n- ").map(|item| format!("- {item}")) {
            let Some(said) = paragraph.strip_prefix(&link) else { continue };
            let said = said.split("\n\n").next().unwrap_or_default().replace('\n', " ");
            for number in numbers(&said) {
                assert!(report.contains(&number), "results/{name}/report.md has no {number}: {said}");
                checked += 1;
            }
        }
    }
    assert!(checked > 0, "README names no number of an experiment that claims nothing");
}

// What PyTorch has with the settings of `experiments/soft-labels.toml`: the means of `tests/reference/soft_labels.py`.
#[test]
fn its_accuracies_of_pytorch_are_those_of_the_reference() {
    let text = fs::read_to_string(root().join("tests/reference/soft-labels.json")).expect("it can be read");
    let reference: Value = serde_json::from_str(&text).expect("it is JSON");
    let mean = |name: &str| {
        let mean = reference["means"][name].as_f64().unwrap_or_else(|| panic!("the reference has no {name}"));
        format!("{:.1} %", 100.0 * mean)
    };
    let [alone, logits] = ["alone", "logits"].map(mean);
    let [one, four, twenty] = ["T = 1", "T = 4", "T = 20"].map(mean);
    let said = format!(
        "has {alone} alone, {one} taught at T = 1, {four} at T = 4, {twenty} at T = 20 and {logits} by the logits"
    );
    assert!(readme().replace('\n', " ").contains(&said), "README should say that PyTorch {said}");
}
