//! `report.md`.

use super::chart::{Entry, Source};
use super::claims;
use super::comparisons;
use super::error::ReportError;
use super::incomplete::notice;
use super::making;
use super::markdown::{block, code, plain, with_code};
use super::protocol;
use super::results_table;
use crate::backend::BackendKind;
use crate::format::grouped;
use crate::results::claims::ClaimLock;
use crate::results::statistics::wilson;
use crate::results::{Measurements, Record, estimate};
use std::fmt::Write;

/// What the size of the test split leaves open, at the accuracy of the first stage; empty where nothing was measured.
fn population(record: &Record, measurements: &Measurements<'_>) -> Result<String, ReportError> {
    let accuracy = measurements.numbers("accuracy")?;
    let settings = measurements.stages.iter().flat_map(|stage| &stage.settings);
    let first = settings.filter_map(|setting| estimate(setting.last(), &accuracy)).next();
    let (Some(accuracy), Some(images)) = (first, record.data.iter().map(|data| data.test as u64).min())
    else {
        return Ok(String::new());
    };
    let [low, high] = wilson(accuracy.mean, images);
    Ok(format!(
        "All networks are measured on the same {} test images. Of an accuracy of {:.2} % on these, that on all images of the kind \
         is between {:.2} % and {:.2} % (Wilson’s 95 % interval), which no number of seeds narrows. Differences between networks \
         are over the same images, so that this interval is not theirs: their intervals below are over seeds, and say nothing of \
         other images.\n\n",
        grouped(images),
        100.0 * accuracy.mean,
        100.0 * low,
        100.0 * high
    ))
}

/// The whole report.
pub(super) fn document(
    source: &Source<'_>,
    lock: Option<&ClaimLock>,
    charts: &[Entry],
) -> Result<String, ReportError> {
    let Source { record, tables, measurements, costs, claims } = *source;
    let mut text = format!("# {}\n\n", plain(&record.title));
    if let Some(question) = &record.question {
        let _ = writeln!(text, "*{}*\n", plain(question));
    }
    if record.edited {
        text.push_str(
            "> **The record was changed by hand:** `record.json` is not what was written with these results. What it says, as \
             the settings, the claims, the costs and the machine, may not be what was run.\n\n",
        );
    }
    text.push_str(&notice(record, measurements));
    text.push_str(&claims::section(claims, record, measurements, lock));
    if !charts.is_empty() {
        text.push_str(
            "## Charts\n\nEach is in `charts/` as SVG, PNG and PDF, the last with its fonts in it.\n\n",
        );
    }
    for chart in charts {
        let _ = match chart {
            Entry::Drawn { name, picture } => {
                writeln!(text, "![{}](charts/{name}.svg)\n", plain(&picture.words()))
            }
            Entry::Omitted { title, why } => {
                writeln!(text, "The chart “{}” is not drawn: {}.\n", plain(title), with_code(why))
            }
        };
    }
    text.push_str("## Protocol\n\n");
    for paragraph in protocol::paragraphs(record, tables, measurements) {
        let _ = writeln!(text, "{paragraph}\n");
    }
    text.push_str("## Results\n\n");
    text.push_str(&results_table::meaning(measurements)?);
    text.push_str(&population(record, measurements)?);
    text.push_str(&results_table::tables(record, measurements)?);
    text.push_str(&comparisons::section(record, measurements)?);
    if !record.ended_early.is_empty() {
        text.push_str("\n## Ended early\n\n");
        record.ended_early.iter().for_each(|rounds| text.push_str(&format!("- {}\n", plain(rounds))));
    }
    if !record.warnings.is_empty() {
        text.push_str("\n## Warnings\n\n");
        record.warnings.iter().for_each(|warning| text.push_str(&format!("- {}\n", plain(warning))));
    }
    text.push_str(&making::sections(record, costs));
    let gives = if record.missing.is_empty() {
        "gives these numbers again"
    } else {
        "runs what is missing, and with other `--results` gives the numbers that are here again"
    };
    let place = same_on(record.backend);
    let others = tables.names().filter(|name| !name.starts_with("measurements"));
    let others = others.map(code).collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        text,
        "\n## Again\n\n{}\n{gives} {place}. All of them are in `measurements.parquet` (and `.csv`), {others}. Made by niwaki \
         {} from {}.",
        block(&record.provenance.command(record.backend)),
        record.niwaki,
        code(&record.provenance.from_results)
    );
    Ok(text)
}

/// Where a run gives the same numbers again.
fn same_on(backend: BackendKind) -> &'static str {
    match backend {
        BackendKind::Flex => "on any 64-bit processor",
        BackendKind::Ndarray => "on the same machine",
        BackendKind::Cuda | BackendKind::Wgpu => "on the same kind of card with the same driver",
    }
}
