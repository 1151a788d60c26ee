//! The table of results: a row for each stage, setting and round, over its seeds.

use super::ReportError;
use super::rows::{Row, Rows, StageRows};
use super::statistics::Estimate;
use std::collections::BTreeMap;

/// Rows that a page of text holds.
const MOST_ROWS: usize = 200;

const HEADER: [&str; 10] = [
    "stage",
    "setting",
    "round",
    "n",
    "sparsity asked",
    "sparsity",
    "accuracy",
    "last",
    "oracle",
    "MACs left",
];

/// As aligned Markdown; of a large experiment the first rows, and a sentence that says so.
pub(super) fn table(rows: &Rows<'_>) -> Result<String, ReportError> {
    let names = [
        "sparsity_requested",
        "sparsity",
        "accuracy",
        "accuracy_last",
        "accuracy_best_test",
        "macs_nonzero",
        "macs",
    ];
    let columns = names.map(|name| rows.numbers(name));
    let mut numbers = Vec::new();
    for column in columns {
        numbers.push(column?);
    }
    let [asked, sparsity, accuracy, last, oracle, left, macs] = numbers.as_slice() else {
        unreachable!("there is a column for each name")
    };
    let mut groups = 0;
    let mut lines: Vec<[String; 10]> = Vec::new();
    for stage in &rows.stages {
        let mut settings: BTreeMap<(Vec<u32>, i64), Vec<&Row>> = BTreeMap::new();
        for row in &stage.rows {
            settings.entry((StageRows::at(row, &stage.axes), row.round)).or_default().push(row);
        }
        groups += settings.len();
        for ((values, round), found) in settings.into_iter().take(MOST_ROWS.saturating_sub(lines.len())) {
            let of = |column: &[Option<f64>]| {
                let values: Vec<f64> = found.iter().filter_map(|row| column[row.index]).collect();
                Estimate::of(&values)
            };
            let percent = |column: &[Option<f64>]| format!("{:.2} %", 100.0 * of(column).mean);
            lines.push([
                stage.name.clone(),
                rows.setting(&stage.axes, &values),
                round.to_string(),
                found.len().to_string(),
                percent(asked),
                percent(sparsity),
                interval(of(accuracy)),
                percent(last),
                percent(oracle),
                format!("{:.1} %", 100.0 * of(left).mean / of(macs).mean),
            ]);
        }
    }
    let mut text = align(&lines);
    if groups > lines.len() {
        text.push_str(&format!(
            "\nThe first {} of {groups} rows; all measurements are in `measurements.csv`.\n",
            lines.len()
        ));
    }
    Ok(text)
}

/// `97.05 ± 0.31 %`, or without the interval for one seed.
fn interval(estimate: Estimate) -> String {
    match estimate.half_width {
        Some(half) => format!("{:.2} ± {:.2} %", 100.0 * estimate.mean, 100.0 * half),
        None => format!("{:.2} %", 100.0 * estimate.mean),
    }
}

fn align(lines: &[[String; 10]]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.chain([HEADER[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEADER.len()).map(width).collect();
    let is_text = |column: usize| column < 2;
    let row = |cells: &[&str]| {
        let cells = cells.iter().enumerate().map(|(column, cell)| match is_text(column) {
            true => format!(" {cell:<width$} ", width = widths[column]),
            false => format!(" {cell:>width$} ", width = widths[column]),
        });
        format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
    };
    let rule = widths.iter().enumerate().map(|(column, width)| match is_text(column) {
        true => "-".repeat(width + 2),
        false => format!("{}:", "-".repeat(width + 1)),
    });
    let mut text = row(&HEADER) + &format!("|{}|\n", rule.collect::<Vec<_>>().join("|"));
    for line in lines {
        text.push_str(&row(&line.each_ref().map(String::as_str)));
    }
    text
}
