//! Forest plots of the claims: interval against region, a row a claim, a plot for each unit.

use super::caption::{measured_on, sentence};
use super::entry::{Entry, Source};
use super::part::Part;
use crate::report::draw::{ForestChart, ForestKind, ForestRow, Picture, Quantity};
use crate::results::Format;
use crate::results::claims::{Judged, Unit, Verdict};
use std::collections::BTreeMap;

/// Claims that one plot holds.
const MOST_ROWS: usize = 16;

/// All claims of which something was measured.
pub(super) fn charts(source: &Source<'_>) -> Vec<Entry> {
    let mut units: BTreeMap<(Unit, Option<&str>), Vec<&Judged>> = BTreeMap::new();
    for judged in source.claims.iter().filter(|judged| judged.evidence.is_some()) {
        // What is no share has no axis in common with other columns.
        let metric = (judged.unit == Unit::Plain).then_some(judged.planned.claim.metric.as_str());
        units.entry((judged.unit, metric)).or_default().push(judged);
    }
    let chart = |((unit, metric), all): ((Unit, Option<&str>), Vec<&Judged>)| {
        let count = all.len().div_ceil(MOST_ROWS);
        let parts = all.chunks(MOST_ROWS).enumerate().map(|(number, rows)| {
            let chart = forest(source, unit, metric, rows, Part { number, count });
            Entry::Drawn { name: "claims".to_owned(), picture: Picture::Forest(chart) }
        });
        parts.collect::<Vec<_>>()
    };
    units.into_iter().flat_map(chart).collect()
}

fn forest(
    source: &Source<'_>,
    unit: Unit,
    metric: Option<&str>,
    rows: &[&Judged],
    part: Part,
) -> ForestChart {
    let (what, format) = match unit {
        Unit::Points => ("difference in percentage points".to_owned(), Format::Points),
        Unit::Ratio => ("ratio".to_owned(), Format::Plain),
        Unit::Plain => (format!("difference of {}", metric.unwrap_or_default()), Format::Plain),
    };
    let subtitle = [
        Some(measured_on(source.record)),
        Some(
            "shaded: what is claimed; bar: confidence interval of the mean over the seeds at level 1 − 2α"
                .to_owned(),
        ),
        rows.iter().any(|judged| judged.step.is_some()).then(|| {
            "step 1 of a ranking: its first against its second; the least sure one is shown".to_owned()
        }),
        unjudged(source),
    ];
    ForestChart {
        title: format!("Claims and what was found: {what}{}", part.of()),
        subtitle: sentence(subtitle),
        x: Quantity { name: what, format },
        centre: if unit == Unit::Ratio { 1.0 } else { 0.0 },
        rows: rows.iter().map(|judged| row(judged)).collect(),
    }
}

/// `not judged: a, b`: the claims that are in no plot.
fn unjudged(source: &Source<'_>) -> Option<String> {
    let without = source.claims.iter().filter(|judged| judged.evidence.is_none());
    let names: Vec<&str> = without.map(|judged| judged.planned.claim.name.as_str()).collect();
    (!names.is_empty()).then(|| format!("not judged: {}", names.join(", ")))
}

fn row(judged: &Judged) -> ForestRow {
    let n = judged.evidence.map_or(0, |evidence| evidence.n);
    let deviated = judged.standing.mark().map(|_| ", DEVIATED").unwrap_or_default();
    let step = judged.step.map(|step| format!(" (step {})", step + 1)).unwrap_or_default();
    ForestRow {
        label: format!("{}{step} (n = {n})", judged.planned.claim.name),
        verdict: format!("{}{deviated}", judged.verdict.name()),
        kind: match judged.verdict {
            Verdict::Reproduced => ForestKind::Holds,
            Verdict::NotReproduced => ForestKind::Fails,
            Verdict::Inconclusive { .. } | Verdict::Inadmissible | Verdict::Unverified => ForestKind::Open,
        },
        region: [judged.region.low, judged.region.high],
        estimate: judged.evidence.map(|evidence| evidence.mean),
        interval: judged.interval,
    }
}
