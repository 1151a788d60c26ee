//! `niwaki report DIR|FILE`

use super::Ending;
use super::common::{Backend, Experiment, Place, Results};
use super::error::CliError;
use crate::output;
use crate::report::{draw_again, publish};
use crate::results::{Folder, Record, Tables};
use crate::run::{Inputs, Lock, Store, StoreError, lock_results};
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
        if self.target.is_dir() { self.of_folder() } else { self.of_file() }
    }

    /// Draws the tables of a folder again.
    fn of_folder(self) -> Result<Ending, CliError> {
        if !self.set.is_empty() {
            return Err(CliError::SetOfResults(self.target));
        }
        let _lock = lock(&self.target)?;
        let folder = Folder::of_results(&self.target)?;
        let Some(mut record) = folder.previous().cloned() else {
            return Err(CliError::NoResults(self.target));
        };
        draw_again(&mut record, &Tables::read(&self.target)?, &folder)?;
        Ok(done(&folder))
    }

    /// Makes tables and report from the store.
    fn of_file(self) -> Result<Ending, CliError> {
        let Self { target, set, backend, results } = self;
        let inputs = Inputs::default();
        let experiment = Experiment::at(target, set);
        let plan = experiment.plan(&backend, &inputs)?;
        if let Some(problem) = inputs.problems().first() {
            return Err(Arc::clone(problem).into());
        }
        let place = Place::of(&plan, &experiment, &results);
        place.open(&plan)?;
        let store = Store::at(&results.store());
        let summaries = plan.nodes.keys().map(|&key| store.summary(key));
        let summaries = summaries.collect::<Result<Vec<_>, _>>()?;
        let missing = summaries.iter().filter(|summary| summary.is_none()).count();
        if missing == summaries.len() {
            return Err(CliError::NothingStored);
        }
        if missing > 0 {
            output::tell(format!(
                "{missing} of {} nodes are not in the store; the report is of the others",
                summaries.len()
            ));
        }
        let _lock = lock(&place.folder)?;
        let folder = place.open(&plan)?;
        // What a run of the same experiment warned of holds still.
        let previous = folder.previous();
        let same =
            previous.filter(|record| record.experiment == plan.experiment && record.sweep == plan.sweep);
        let warnings = same.map(|record| record.warnings.clone()).unwrap_or_default();
        let mut record =
            Record::new(&plan, place.provenance, &summaries, &BTreeMap::new(), warnings, previous);
        let tables = Tables::gather(&plan, &summaries);
        publish(&mut record, &tables, &folder, false)?;
        Ok(done(&folder))
    }
}

fn done(folder: &Folder) -> Ending {
    output::print(folder.path().join("report.md").display());
    Ending::AllGood
}

/// Waits for the right to write the results in `folder`.
fn lock(folder: &Path) -> Result<Option<Lock>, StoreError> {
    let waiting = |holder| output::tell(format!("waiting for {holder}, which is writing the results"));
    lock_results(folder, &AtomicBool::new(false), waiting)
}
