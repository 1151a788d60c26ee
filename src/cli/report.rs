//! `niwaki report DIR|FILE`

use super::Ending;
use super::claims::{changes, tell_verdicts, verdicts};
use super::common::{Backend, ExperimentFile, Place, Recorded, Results};
use super::error::CliError;
use super::interrupts::stop_on_interrupt;
use crate::output;
use crate::report::{Published, draw_again, publish};
use crate::results::claims::Judged;
use crate::results::{Folder, Record, Tables};
use crate::run::{Inputs, Latencies, Lock, Store, StoreError, Tried, lock_results};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

#[derive(Debug, clap::Args)]
pub(super) struct Report {
    /// A directory of results, whose tables are drawn; or an experiment file, whose tables are made from
    /// the store
    #[arg(value_name = "DIR|FILE")]
    target: PathBuf,
    /// Sets a key over the file, as for `run`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    backend: Backend,
    #[command(flatten)]
    results: Results,
}

impl Report {
    pub fn run(self) -> Result<Ending, CliError> {
        if self.target.is_dir() {
            self.of_folder()
        } else if self.target.exists() {
            self.of_file()
        } else {
            Err(CliError::NothingThere(self.target))
        }
    }

    /// Draws the tables of a folder again.
    fn of_folder(self) -> Result<Ending, CliError> {
        let options = [
            ("--set", !self.set.is_empty()),
            ("--backend", self.backend.is_named()),
            ("--results", self.results.are_named()),
        ];
        if let Some((option, _)) = options.into_iter().find(|(_, is_there)| *is_there) {
            return Err(CliError::Meaningless { option, folder: self.target });
        }
        let stop = stop_on_interrupt()?;
        let Some(_lock) = lock(&self.target, &stop)? else { return Ok(Ending::Interrupted) };
        let recorded = Recorded::read(&self.target)?;
        recorded.edited().iter().for_each(|edited| output::tell(format!("warning: {edited}")));
        let Recorded { folder, mut record, tables, .. } = recorded;
        let published = draw_again(&mut record, &tables, &folder, &stop)?;
        ending(published, &record, &tables, &folder)
    }

    /// Makes tables and report from the store.
    fn of_file(self) -> Result<Ending, CliError> {
        let Self { target, set, backend, results } = self;
        let inputs = Inputs::default();
        let experiment = ExperimentFile::at(target, set);
        let plan = experiment.plan(&backend, &inputs)?;
        if let Some(problem) = inputs.problems().first() {
            return Err(Arc::clone(problem).into());
        }
        let place = Place::of(&plan, &experiment, &results);
        place.open(&plan)?;
        let store = Store::at(&results.store());
        let stored = || plan.nodes.keys().filter(|&&key| store.contains(key)).count();
        // The lock makes the folder of the results, so this is asked before.
        if stored() == 0 {
            return Err(CliError::NothingStored);
        }
        let stop = stop_on_interrupt()?;
        let Some(_lock) = lock(&place.folder, &stop)? else { return Ok(Ending::Interrupted) };
        let folder = place.open(&plan)?;
        let summaries = plan.nodes.keys().map(|&key| store.summary(key));
        let summaries = summaries.collect::<Result<Vec<_>, _>>().map_err(|error| match error {
            StoreError::Damaged { .. } => CliError::DamagedStore(error),
            StoreError::OtherVersion { .. } | StoreError::Io { .. } | StoreError::Unstorable { .. } => {
                error.into()
            }
        })?;
        let latencies = Latencies::of(&plan, &store);
        latencies.problems.iter().for_each(|problem| output::tell(format!("warning: {problem}")));
        let measured = summaries.iter().flatten().count();
        if measured == 0 {
            return Err(CliError::NothingMeasured);
        }
        // What a run of the same experiment warned of holds still.
        let previous = folder.previous();
        let is_same =
            |record: &&Record| (&record.experiment, &record.sweep) == (&plan.experiment, &plan.sweep);
        let same = previous.filter(|record| !record.edited).filter(is_same);
        let warnings = same.map(|record| record.warnings.clone()).unwrap_or_default();
        let mut record =
            Record::new(&plan, place.provenance, &summaries, &BTreeMap::new(), warnings, previous);
        record.latency_machine = latencies.machine.clone();
        let tried = Tried::of(&plan, &store, &summaries);
        let tables = Tables::gather(&plan, &summaries, &tried, &latencies);
        let published = publish(&mut record, &tables, &folder, &stop)?;
        tell_missing(summaries.len(), stored(), measured);
        ending(published, &record, &tables, &folder)
    }
}

/// Says which of `nodes` the report lacks, of which so many are in the store, and so many measured there.
fn tell_missing(nodes: usize, stored: usize, measured: usize) {
    let absent = nodes.saturating_sub(stored);
    if absent > 0 {
        output::tell(format!("{absent} of {nodes} nodes are not in the store; `run` trains them"));
    }
    let unmeasured = stored.saturating_sub(measured);
    if unmeasured > 0 {
        output::tell(format!(
            "{unmeasured} of {nodes} nodes were not measured by this version; `run` measures them again without \
             training"
        ));
    }
}

/// Says what became of the results in `folder`, and of the claims about them.
fn ending(
    published: Published,
    record: &Record,
    tables: &Tables,
    folder: &Folder,
) -> Result<Ending, CliError> {
    let stay = |why| {
        output::tell(format!("the results in {} stay as they were: {why}", folder.path().display()));
    };
    Ok(match published {
        Published::Written => {
            let verdicts = verdicts(record, tables, folder)?;
            tell_verdicts(&verdicts, &changes(record, folder)?);
            output::print(folder.path().join("report.md").display());
            if record.missing.iter().any(|missing| missing.error.is_some()) {
                Ending::TrialFailed
            } else if verdicts.iter().any(Judged::has_failed) {
                Ending::NotReproduced
            } else {
                Ending::AllGood
            }
        }
        Published::Kept => {
            stay("an earlier run measured more than is in the store now");
            Ending::AllGood
        }
        Published::Interrupted => {
            stay("interrupted while their charts were drawn");
            Ending::Interrupted
        }
    })
}

/// Waits for the right to write the results in `folder`; `None` where the user interrupts that.
fn lock(folder: &Path, stop: &AtomicBool) -> Result<Option<Lock>, StoreError> {
    let waiting = |holder| output::tell(format!("waiting for {holder}, which is writing the results"));
    lock_results(folder, stop, waiting)
}
