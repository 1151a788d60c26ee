//! Reports as pages and as LaTeX, read by the programs that users read them with.

use crate::support::{Bench, SMALL, stderr};
use std::collections::BTreeSet;
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

/// The page at `path` once its script ran without a complaint; `None` where there is no browser.
fn in_a_browser(path: &Path) -> Option<String> {
    let url = format!("file://{}", path.display());
    let options =
        ["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom", &url];
    let output = run("chromium", &options, path.parent()?)?;
    let said = stderr(&output);
    let complaints: Vec<&str> = said.lines().filter(|line| line.contains(":CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
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
    let Some(page) = in_a_browser(&results.join("report.html")) else { return };
    // Made by the script: a box for each of three lines, and buttons in the heads of tables.
    assert!(page.matches("type=\"checkbox\"").count() >= 3, "lines can be switched off");
    assert!(page.contains("<button type=\"button\">accuracy</button>"), "tables can be sorted");
    assert!(page.contains("<select>"), "tables can be filtered");
    assert!(page.contains("class=\"spot\""), "charts can be pointed at");
}

/// What a reader does: a line is switched off, and a table is sorted up and down.
const READER: &str = r#"<script>
const figure = document.querySelector("figure:has(.toggles)");
const { colour, pale } = figure.querySelector("circle.spot").dataset;
const shapes = [...figure.querySelectorAll(".drawing *")].filter((shape) =>
  ["stroke", "fill"].some((paint) => [colour, pale].includes(shape.getAttribute(paint))));
const shown = () => shapes.filter((shape) => getComputedStyle(shape).visibility !== "hidden").length;
const [before, edges] = [shown(), shapes.filter((shape) => shape.getAttribute("stroke") === pale).length];
figure.querySelector("input").click();
const table = [...document.querySelectorAll("main table")].pop();
const sorted = () => {
  table.querySelector("button").click();
  return [...table.tBodies[0].rows].map((row) => row.textContent).join(" ");
};
document.title = `all ${before > 3 && edges > 1}, left ${shown()}; ${sorted()}; ${sorted()}`;
</script></body>"#;

#[test]
fn a_line_is_switched_off_whole_and_infinity_is_more_than_any_number() {
    let (_bench, results) = results();
    let page = fs::read_to_string(results.join("report.html")).expect("there is a page");
    let cells = ["2.00", "∞", "—", "1,000", "−∞", "∞", "−3"].map(|cell| format!("<tr><td>{cell}</td></tr>"));
    let head =
        r#"<div class="scroll"><table><thead><tr><th style="text-align: right">t</th></tr></thead><tbody>"#;
    let table = format!("{head}{}</tbody></table></div></main>", cells.concat());
    let page = page.replace("</main>", &table).replace("</body>", READER);
    let path = results.join("read.html");
    fs::write(&path, page).expect("it can be written");
    let Some(page) = in_a_browser(&path) else { return };
    let said = "<title>all true, left 0; −∞ −3 2.00 1,000 ∞ ∞ —; ∞ ∞ 1,000 2.00 −3 −∞ —</title>";
    let title = page.find("<title>").map_or("", |at| page[at..].lines().next().unwrap_or_default());
    assert_eq!(title, said);
}

#[test]
fn a_chart_as_pdf_has_words_to_search_for_in_fonts_of_its_own() {
    let (_bench, results) = results();
    let Some(output) = run("pdftotext", &["charts/sparse.pdf", "-"], &results) else { return };
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8_lossy(&output.stdout);
    let title = "Test accuracy against sparsity: stage sparse";
    for said in [title, "test accuracy", "magnitude", "random", "Student’s t"] {
        assert!(text.contains(said), "it does not say {said}:\n{text}");
    }
    let Some(output) = run("pdffonts", &["charts/sparse.pdf"], &results) else { return };
    let table = String::from_utf8_lossy(&output.stdout);
    let fonts: Vec<&str> = table.lines().skip(2).collect();
    let names = ["Inter-Regular", "Inter-SemiBold"];
    assert_eq!(fonts.len(), names.len(), "{table}");
    for name in names {
        let font = fonts.iter().find(|font| font.contains(name)).expect("both weights are in it");
        // Embedded, a subset, and with the letters that its glyphs stand for.
        assert!(font.contains(" yes yes yes "), "{table}");
    }
}

#[test]
fn the_same_results_are_the_same_bytes_of_every_chart() {
    let (bench, results) = results();
    let charts = || {
        let entries = fs::read_dir(results.join("charts")).expect("there are charts");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("they can be read").path()).collect();
        paths.sort();
        let read = |path: PathBuf| (fs::read(&path).expect("they can be read"), path);
        paths.into_iter().map(read).collect::<Vec<_>>()
    };
    let before = charts();
    assert!(before.iter().any(|(_, path)| path.extension().is_some_and(|form| form == "pdf")));
    let output = bench.niwaki("report", &["--set", "stage.sparse.prune.recover.steps=3"]);
    assert!(output.status.success(), "{}", stderr(&output));
    for ((before, path), (after, _)) in before.iter().zip(charts()) {
        assert!(*before == after, "{} is another one", path.display());
    }
}

#[test]
fn latex_compiles() {
    let (_bench, results) = results();
    let options = ["-interaction=nonstopmode", "-halt-on-error", "report.tex"];
    let Some(output) = run("pdflatex", &options, &results) else { return };
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{log}");
    assert!(log.contains("Output written on report.pdf"), "{log}");
    assert!(log.contains("charts/sparse.pdf"), "its figures are the PDFs: {log}");
    assert!(!log.contains("PDF inclusion"), "they are of a version that it knows: {log}");
    let wide: Vec<&str> = log.lines().filter(|line| line.starts_with("Overfull")).collect();
    assert!(wide.is_empty(), "tables and words are within the page: {wide:#?}");
    let text = fs::read_to_string(results.join("report.tex")).expect("there is a report");
    assert_eq!(
        text.matches("U+").count(),
        2,
        "no font of LaTeX has the two of the title, and only these: {text}"
    );
    let tables = text.lines().filter_map(|line| line.strip_prefix("\\begin{fitted}"));
    let captions: Vec<&str> = tables.filter_map(|columns| columns.split("}{").nth(1)).collect();
    let different: BTreeSet<&str> = captions.iter().copied().collect();
    assert!(
        captions.len() > 4 && different.len() == captions.len(),
        "each table has a caption of its own: {captions:#?}"
    );
}
