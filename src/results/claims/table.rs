//! The columns of `claims`: one list that the table and README are made of.

use super::lock::digest;
use super::wording::labelled;
use super::{Judged, Verdict};
use crate::format::real;
use crate::plan::{label, short_keys};
use crate::results::frame::Frame;
use crate::results::{Measurements, Record, TablesError};
use crate::spec::{Cell, Subject};
use polars::prelude::{DataFrame, ParquetWriter};
use serde_json::Value;

/// One column of `claims`.
pub struct ClaimColumn {
    pub name: &'static str,
    /// What it holds, for README.
    pub doc: &'static str,
    of: Of,
}

enum Of {
    Whole(fn(&Judged) -> u64),
    Maybe(fn(&Judged) -> Option<f64>),
    Text(fn(&Judged, &Record) -> Option<String>),
}

impl ClaimColumn {
    const fn new(name: &'static str, of: Of, doc: &'static str) -> Self {
        Self { name, doc, of }
    }
}

use Of::{Maybe, Text, Whole};

/// What was claimed, and what became of it.
pub const CLAIM_COLUMNS: [ClaimColumn; 25] = [
    ClaimColumn::new("claim", Text(|it, _| Some(it.planned.claim.name.clone())), "its name"),
    ClaimColumn::new(
        "text",
        Text(|it, _| Some(it.planned.claim.text.clone())),
        "the sentence that is claimed",
    ),
    ClaimColumn::new(
        "source",
        Text(|it, _| it.planned.claim.source.clone()),
        "where it was published; null where that is not said",
    ),
    ClaimColumn::new(
        "metric",
        Text(|it, _| Some(it.planned.claim.metric.clone())),
        "the column, or the summary, that is compared",
    ),
    ClaimColumn::new(
        "of",
        Text(|it, record| Some(cells(it, record).0)),
        "the networks that it is about; of a ranking all of them, the best first",
    ),
    ClaimColumn::new(
        "against",
        Text(|it, record| cells(it, record).1),
        "what they are compared with; null of a ranking",
    ),
    ClaimColumn::new(
        "because",
        Text(|it, _| Some(it.planned.claim.because.clone())),
        "the reason of the tolerance",
    ),
    ClaimColumn::new(
        "at_least",
        Maybe(|it| finite(it.region.low)),
        "the least difference, or ratio, for which it holds; null where there is none",
    ),
    ClaimColumn::new("at_most", Maybe(|it| finite(it.region.high)), "the largest; null where there is none"),
    ClaimColumn::new(
        "estimate",
        Maybe(|it| Some(it.evidence?.mean)),
        "the mean difference, or ratio, over the seeds; of a ranking that of the step that is least sure",
    ),
    ClaimColumn::new(
        "interval_low",
        Maybe(|it| Some(it.interval?[0])),
        "the lower end of its interval at the level 1 − 2α",
    ),
    ClaimColumn::new("interval_high", Maybe(|it| Some(it.interval?[1])), "the upper end"),
    ClaimColumn::new("alpha", Maybe(|it| Some(it.planned.claim.alpha)), "α"),
    ClaimColumn::new(
        "n",
        Whole(|it| it.evidence.map_or(0, |evidence| evidence.n as u64)),
        "the seeds that it was judged by",
    ),
    ClaimColumn::new(
        "p",
        Maybe(|it| it.p),
        "p value of the one-sided t test that the bound holds; the larger one of two bounds",
    ),
    ClaimColumn::new("p_adjusted", Maybe(|it| it.adjusted), "the same after Holm's adjustment in its family"),
    ClaimColumn::new(
        "family",
        Text(|it, _| it.planned.claim.family.clone()),
        "its family; null for that of all claims that name none",
    ),
    ClaimColumn::new(
        "verdict",
        Text(|it, _| Some(it.verdict.name().to_owned())),
        "`REPRODUCED`, `NOT REPRODUCED`, `INCONCLUSIVE`, `INADMISSIBLE` or `UNVERIFIED`",
    ),
    ClaimColumn::new("remark", Text(|it, _| it.remark()), "why it cannot be judged, or what would decide it"),
    ClaimColumn::new(
        "seeds_to_decide",
        Maybe(seeds),
        "about how many seeds would decide an inconclusive one, if they scattered as these do; null otherwise, and where that cannot be said",
    ),
    ClaimColumn::new(
        "at_half_tolerance",
        Text(|it, _| name(it.at_half)),
        "the verdict were the tolerance half as wide; null where it is 0",
    ),
    ClaimColumn::new(
        "at_twice_tolerance",
        Text(|it, _| name(it.at_twice)),
        "and were it twice as wide; null where it is 0",
    ),
    ClaimColumn::new(
        "deviated",
        Text(|it, _| it.standing.mark().map(str::to_owned)),
        "that it was changed or added after results existed; null where it was not",
    ),
    ClaimColumn::new(
        "seeds_at_least",
        Whole(|it| it.planned.claim.seeds.at_least.into()),
        "how many seeds it takes",
    ),
    ClaimColumn::new("digest", Text(|it, _| Some(digest(&it.planned.claim))), "BLAKE3 of all that it says"),
];

fn finite(end: f64) -> Option<f64> {
    Some(end).filter(|end| end.is_finite())
}

fn name(verdict: Option<Verdict>) -> Option<String> {
    verdict.map(|verdict| verdict.name().to_owned())
}

fn seeds(judged: &Judged) -> Option<f64> {
    match judged.verdict {
        Verdict::Inconclusive { seeds, .. } => seeds.map(|seeds| seeds as f64),
        Verdict::Reproduced | Verdict::NotReproduced | Verdict::Inadmissible | Verdict::Unverified => None,
    }
}

/// What is compared with what, as the table has it.
pub(super) fn cells(judged: &Judged, record: &Record) -> (String, Option<String>) {
    cells_as(judged, record, &|_, value| label(value))
}

/// What is compared with what, where `shown` writes a value of an axis.
fn cells_as(
    judged: &Judged,
    record: &Record,
    shown: &dyn Fn(&str, &Value) -> String,
) -> (String, Option<String>) {
    let described = |cell: &Cell| describe(cell, record, shown);
    match &judged.planned.subject {
        Subject::Difference { of, against } => (described(of), Some(described(against))),
        Subject::Published { of, published } => {
            let scatter = published.deviation.zip(published.runs);
            let scatter =
                scatter.map(|(deviation, runs)| format!(" (deviation {} over {runs} runs)", real(deviation)));
            (described(of), Some(format!("{}{}", real(published.value), scatter.unwrap_or_default())))
        }
        Subject::Order(cells) => (cells.iter().map(described).collect::<Vec<_>>().join(" > "), None),
        Subject::NotRun(_) => ("not in this run".to_owned(), None),
    }
}

/// `ticket round 7 (rewind=0it, weights=kept)`
fn describe(cell: &Cell, record: &Record, shown: &dyn Fn(&str, &Value) -> String) -> String {
    let keys: Vec<&str> =
        record.axes.iter().map(|(key, _)| key.as_str()).filter(|key| *key != "seed").collect();
    let relevant = record.stages.iter().find(|facts| facts.name == cell.stage).map(|facts| &facts.axes);
    let matters = |key: &str| relevant.is_none_or(|axes| axes.iter().any(|axis| axis == key));
    let values = keys.iter().zip(short_keys(&keys)).filter_map(|(key, short)| {
        let value = cell.values.get(*key).filter(|_| matters(key))?;
        Some(format!("{short}={}", shown(key, value)))
    });
    let values = values.collect::<Vec<_>>().join(", ");
    let round =
        cell.round.filter(|round| *round > 0).map(|round| format!(" round {round}")).unwrap_or_default();
    if values.is_empty() {
        format!("{}{round}", cell.stage)
    } else {
        format!("{}{round} ({values})", cell.stage)
    }
}

impl Judged {
    /// What it compares, for people.
    pub fn compares(&self, record: &Record, measurements: &Measurements<'_>) -> String {
        match cells_as(self, record, &|key, value| labelled(measurements, key, value)) {
            (of, Some(against)) => format!("{of} against {against}"),
            (of, None) => of,
        }
    }
}

/// `claims`, a row for each.
fn frame(judged: &[Judged], record: &Record) -> DataFrame {
    let mut frame = Frame::new(judged);
    for column in &CLAIM_COLUMNS {
        match column.of {
            Whole(of) => frame.whole(column.name, of),
            Maybe(of) => frame.maybe(column.name, of),
            Text(of) => frame.text(column.name, |judged| of(judged, record)),
        }
    }
    frame.finish()
}

/// The name of the table of claims.
pub const CLAIMS_FILE: &str = "claims.parquet";

/// `claims.parquet`, with its bytes; `None` where nothing is claimed.
pub fn claims_file(judged: &[Judged], record: &Record) -> Result<Option<(String, Vec<u8>)>, TablesError> {
    if judged.is_empty() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    match ParquetWriter::new(&mut bytes).finish(&mut frame(judged, record)) {
        Ok(_) => Ok(Some((CLAIMS_FILE.to_owned(), bytes))),
        Err(error) => Err(TablesError { path: CLAIMS_FILE.into(), problem: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readme_describes_every_column_of_claims() {
        let rows = CLAIM_COLUMNS.iter().map(|column| format!("| `{}` | {} |\n", column.name, column.doc));
        let table = format!("| column | meaning |\n| --- | --- |\n{}", rows.collect::<String>());
        let readme = include_str!("../../../README.md");
        assert!(readme.contains(&table), "README should have this table:\n{table}");
    }
}
