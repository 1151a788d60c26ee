//! `report.md`.

use super::ReportError;
use super::charts::Drawn;
use super::protocol;
use super::results_table;
use super::rows::Rows;
use crate::results::{Failure, Record};
use std::fmt::Write;

/// Failures that the text lists one by one.
const MOST_FAILURES: usize = 20;

/// The whole report.
pub(super) fn report(record: &Record, rows: &Rows<'_>, charts: &[Drawn]) -> Result<String, ReportError> {
    let mut text = format!("# {}\n\n", record.title);
    if let Some(question) = &record.question {
        let _ = writeln!(text, "*{question}*\n");
    }
    for chart in charts {
        let _ = writeln!(text, "![{}](charts/{}.svg)\n", chart.title(), chart.name);
    }
    text.push_str("## Protocol\n\n");
    for paragraph in protocol::paragraphs(record, rows) {
        let _ = writeln!(text, "{paragraph}\n");
    }
    text.push_str("## Results\n\n");
    text.push_str(
        "Accuracy is the mean over n seeds ± half the width of its 95 % confidence interval (Student’s t). `last` is the \
         accuracy after the last step, `oracle` the best of all evaluations on the test split: it is here only to show \
         how much choosing by it would flatter.\n\n",
    );
    text.push_str(&results_table::table(rows)?);
    failures(&mut text, record);
    if !record.warnings.is_empty() {
        text.push_str("\n## Warnings\n\n");
        record.warnings.iter().for_each(|warning| text.push_str(&format!("- {warning}\n")));
    }
    let _ = writeln!(
        text,
        "\n## Again\n\n`niwaki run {}.toml` gives these numbers again on the same machine and backend; all of them are in \
         `measurements.parquet` (and `.csv`), `history.parquet` and `layers.parquet`. Made by niwaki {}.",
        record.name, record.niwaki
    );
    Ok(text)
}

fn failures(text: &mut String, record: &Record) {
    if record.failures.is_empty() {
        return;
    }
    text.push_str("\n## What is missing\n\n");
    for Failure { trial, stage, round, error } in record.failures.iter().take(MOST_FAILURES) {
        let _ = writeln!(text, "- trial {trial}, stage {stage}, round {round}: {error}");
    }
    if record.failures.len() > MOST_FAILURES {
        let _ = writeln!(text, "- and {} more, in `record.json`", record.failures.len() - MOST_FAILURES);
    }
}
