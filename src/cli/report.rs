//! `niwaki report DIR|FILE`

use super::Ending;
use super::common::{Backend, Experiment, Results};
use super::error::CliError;
use crate::output;
use crate::report;
use crate::results::{Record, Tables};
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
        if self.target.is_dir() {
            if !self.set.is_empty() {
                return Err(CliError::SetOfResults(self.target));
            }
            let _lock = lock(&self.target)?;
            let tables = Tables::read(&self.target)?;
            let record = Record::read(&self.target)?;
            return finish(&record, &tables, &self.target);
        }
        let Self { target, set, backend, results } = self;
        let inputs = Inputs::default();
        let plan = Experiment::at(target, set).plan(&backend, &inputs)?;
        if let Some(problem) = inputs.problems().first() {
            return Err(Arc::clone(problem).into());
        }
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
        let folder = results.of(&plan.name);
        let _lock = lock(&folder)?;
        let tables = Tables::gather(&plan, &summaries);
        let record = Record::new(&plan, &BTreeMap::new(), Vec::new());
        tables.write(&folder)?;
        record.write(&folder)?;
        finish(&record, &tables, &folder)
    }
}

fn finish(record: &Record, tables: &Tables, folder: &Path) -> Result<Ending, CliError> {
    report::write(record, tables, folder)?;
    output::print(folder.join("report.md").display());
    Ok(Ending::AllGood)
}

/// Waits for the right to write the results in `folder`.
fn lock(folder: &Path) -> Result<Option<Lock>, StoreError> {
    let waiting = |holder| output::tell(format!("waiting for {holder}, which is writing the results"));
    lock_results(folder, &AtomicBool::new(false), waiting)
}
