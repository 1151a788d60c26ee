//! The claims of an experiment, at the top of its report.

use super::markdown::{Align, code, plain, table};
use crate::format::capitalized;
use crate::results::claims::{ClaimLock, Judged, Verdict, probability};
use crate::results::{Measurements, Record};
use std::fmt::Write;

/// What was claimed and what became of it; empty where nothing was claimed, before either.
pub(super) fn section(
    judged: &[Judged],
    record: &Record,
    measurements: &Measurements<'_>,
    lock: Option<&ClaimLock>,
) -> String {
    let changes = lock.map(|lock| lock.changes(record)).unwrap_or_default();
    if judged.is_empty() && changes.is_empty() {
        return String::new();
    }
    let mut text = "## Claims\n\n".to_owned();
    changes.iter().for_each(|change| text.push_str(&format!("> **{}.**\n\n", plain(&capitalized(change)))));
    if judged.is_empty() {
        return text;
    }
    text.push_str(&table(&header(), &judged.iter().map(cells).collect::<Vec<_>>()));
    text.push('\n');
    for claim in judged {
        text.push_str(&details(claim, record, measurements));
    }
    text.push_str(
        "\nAn estimate is the mean over n seeds of the difference, or the ratio, seed by seed, with its interval at the level \
         1 − 2α (Student’s t). A claim is REPRODUCED where the interval lies inside of what it allows and the one-sided tests \
         agree after Holm’s adjustment of p among the claims of its family, NOT REPRODUCED where it lies outside, and \
         INCONCLUSIVE where it reaches across an end, or lies inside without being sure enough beside the other claims. Where a claim has two ends, p is that of two one-sided tests of \
         equivalence (Schuirmann). The last columns are the verdicts at half and at twice the tolerance, where it is not 0.",
    );
    text.push_str(&locked(lock));
    text.push_str("\n\n");
    text
}

fn header() -> Vec<(String, Align)> {
    let names = |names: &[&str], align: Align| names.iter().map(|name| ((*name).to_owned(), align)).collect();
    let parts: [Vec<_>; 3] = [
        names(&["claim", "verdict"], Align::Left),
        names(&["estimate", "interval", "claimed", "n", "p", "adjusted"], Align::Right),
        names(&["½ tolerance", "2 × tolerance"], Align::Left),
    ];
    parts.concat()
}

fn cells(judged: &Judged) -> Vec<String> {
    let dash = || "—".to_owned();
    let verdict = |verdict: Option<Verdict>| verdict.map_or_else(dash, |verdict| verdict.name().to_owned());
    let marked = match judged.standing.mark() {
        Some(_) => format!("{} (DEVIATED)", judged.verdict.name()),
        None => judged.verdict.name().to_owned(),
    };
    vec![
        plain(&judged.planned.claim.name),
        marked,
        judged.evidence.map_or_else(dash, |evidence| judged.unit.number(evidence.mean)),
        judged.interval.map_or_else(dash, |interval| judged.unit.interval(interval)),
        judged.unit.region(judged.region),
        judged.evidence.map_or_else(dash, |evidence| evidence.n.to_string()),
        judged.p.map_or_else(dash, |p| plain(&probability(p))),
        judged.adjusted.map_or_else(dash, |p| plain(&probability(p))),
        verdict(judged.at_half),
        verdict(judged.at_twice),
    ]
}

/// What it says, of which networks, by what reason, and what is to be known of its verdict.
fn details(judged: &Judged, record: &Record, measurements: &Measurements<'_>) -> String {
    let claim = &judged.planned.claim;
    let mut text = format!("- {}: {}", code(&claim.name), plain(&claim.text));
    if let Some(source) = &claim.source {
        let _ = write!(text, " ({})", plain(source));
    }
    let _ = write!(text, ". {} of {}; ", code(&claim.metric), plain(&judged.compares(record, measurements)));
    let _ = write!(text, "{}, because {}.", judged.unit.region(judged.region), plain(&claim.because));
    let remarks =
        judged.remark_for(measurements).into_iter().chain(judged.standing.mark().map(str::to_owned));
    for remark in remarks {
        let _ = write!(text, " **{}**", plain(&(capitalized(&remark) + ".")));
    }
    text + "\n"
}

/// When the claims were made.
fn locked(lock: Option<&ClaimLock>) -> String {
    let Some(lock) = lock else {
        return " There is no `claims.lock.json`: nothing says that the claims were made before the results."
            .to_owned();
    };
    if lock.was_edited() {
        return " **`claims.lock.json` was changed by hand after it was written:** nothing says that the claims were made \
                before the results."
            .to_owned();
    }
    let commit = lock.commit().map(|commit| format!(" (commit {})", code(commit))).unwrap_or_default();
    format!(" What was claimed before there were results is in `claims.lock.json`{commit}.")
}
