//! Claims and their verdicts, as subcommands tell of them.

use super::common::Place;
use super::error::CliError;
use crate::output;
use crate::plan::{Plan, uneven_curves};
use crate::report::ReportError;
use crate::results::claims::{ClaimLock, Judged, judged, needs};
use crate::results::{Folder, Measurements, Record, Tables};
use crate::run::Store;
use serde_json::Value;

/// The verdicts on the claims of `record` by the results in `folder`.
pub(super) fn verdicts(record: &Record, tables: &Tables, folder: &Folder) -> Result<Vec<Judged>, CliError> {
    let measurements = Measurements::read(record, tables).map_err(ReportError::from)?;
    let lock = ClaimLock::read(folder.path())?;
    Ok(judged(record, &measurements, lock.as_ref()).map_err(ReportError::from)?)
}

/// Whether numbers of `plan` may be known although `folder` has no results: all that it trains is in the store, or some of
/// it where its claims were locked for a run before.
pub(super) fn are_known(plan: &Plan, store: &Store, folder: &Folder) -> Result<bool, CliError> {
    let was_run = ClaimLock::read(folder.path())?.is_some();
    let mut stored = plan.nodes.keys().map(|&key| store.contains(key));
    Ok(if was_run { stored.any(|is_stored| is_stored) } else { stored.all(|is_stored| is_stored) })
}

/// What became of what is locked with the results in `folder`, which have this `record`.
pub(super) fn changes(record: &Record, folder: &Folder) -> Result<Vec<String>, CliError> {
    Ok(ClaimLock::read(folder.path())?.map(|lock| lock.changes(record)).unwrap_or_default())
}

/// A line for each claim, and for each of `changes`.
pub(super) fn tell_verdicts(verdicts: &[Judged], changes: &[String]) {
    verdicts.iter().for_each(|judged| output::print(judged.line()));
    changes.iter().for_each(output::print);
}

pub(super) fn json_of(verdicts: &[Judged]) -> Vec<Value> {
    verdicts.iter().map(Judged::json).collect()
}

/// What can be said of the claims of `plan` before it is run: which no result could decide, which compare unlike curves,
/// and, where results are recorded in `place`, which need more seeds.
pub(super) fn foretold(plan: &Plan, place: &Place) -> Vec<String> {
    let inadmissible = plan.claims.iter().filter_map(|planned| {
        Some(format!("claim {} is INADMISSIBLE: {}", planned.claim.name, planned.inadmissible()?))
    });
    let needed = needed(plan, place).unwrap_or_default();
    inadmissible.chain(uneven_curves(plan)).chain(needed).collect()
}

/// Which claims need more seeds, by the recorded results; `None` where there are none that can be read.
fn needed(plan: &Plan, place: &Place) -> Option<Vec<String>> {
    if plan.claims.is_empty() {
        return None;
    }
    let folder = place.open(plan).ok()?;
    let record = folder.previous()?;
    let tables = Tables::read(folder.path(), &record.digests).ok()?;
    needs(&plan.claims, record, &tables).ok()
}

/// What of the results in `place` cannot be read, or keeps those of `plan` from being written there. Tables are read only
/// where claims are foretold by them.
pub(super) fn unreadable(plan: &Plan, place: &Place) -> Vec<String> {
    let folder = place.open(plan).map_err(CliError::from);
    let record = folder.as_ref().ok().and_then(Folder::previous).filter(|_| !plan.claims.is_empty());
    let tables = record.map(|record| Tables::read(&place.folder, &record.digests)).transpose();
    let lock = ClaimLock::read(&place.folder);
    let folder = folder.as_ref().err().map(ToString::to_string);
    let files = [tables.err(), lock.err()].into_iter().flatten().map(|error| error.to_string());
    folder.into_iter().chain(files).collect()
}
