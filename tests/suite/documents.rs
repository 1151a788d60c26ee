//! Reports as pages and as LaTeX, read by the programs that users read them with.

use crate::support::{Bench, SMALL, stderr};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Results whose words hold what means something to HTML and to LaTeX.
fn results() -> (Bench, PathBuf) {
    let text =
        SMALL.replace("A small experiment", "<b>50 % & more_than $x$ {y} \\\\z ~^#</b> at T² ≥ λ, 庭木");
    let bench = Bench::new(&text);
    let output = bench.niwaki("run", &["--set", "stage.sparse.prune.recover.steps=3"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let results = bench.results();
    (bench, results)
}

/// What `program` does in `folder`; `None` where it is not there, which is said.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    match output {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("skipped: {program}: {error}");
            None
        }
    }
}

#[test]
fn a_page_needs_no_network_and_its_script_runs() {
    let (_bench, results) = results();
    let page = fs::read_to_string(results.join("report.html")).expect("there is a page");
    assert!(page.contains("&lt;b&gt;50 % &amp; more_than"), "the title is escaped");
    let links =
        page.match_indices("://").map(|(at, _)| &page[at.saturating_sub(5)..(at + 30).min(page.len())]);
    let foreign: Vec<&str> = links.filter(|link| !link.contains("www.w3.org/2000/svg")).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    let url = format!("file://{}", results.join("report.html").display());
    let options =
        ["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom", &url];
    let Some(output) = run("chromium", &options, &results) else { return };
    let said = stderr(&output);
    let complaints: Vec<&str> = said.lines().filter(|line| line.contains(":CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    let page = String::from_utf8_lossy(&output.stdout);
    // Made by the script: a box for each of three lines, and buttons in the heads of tables.
    assert!(page.matches("type=\"checkbox\"").count() >= 3, "lines can be switched off");
    assert!(page.contains("<button type=\"button\">accuracy</button>"), "tables can be sorted");
    assert!(page.contains("<select>"), "tables can be filtered");
    assert!(page.contains("class=\"spot\""), "charts can be pointed at");
}

#[test]
fn latex_compiles() {
    let (_bench, results) = results();
    let options = ["-interaction=nonstopmode", "-halt-on-error", "report.tex"];
    let Some(output) = run("pdflatex", &options, &results) else { return };
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{log}");
    assert!(log.contains("Output written on report.pdf"), "{log}");
}
