//! `niwaki report DIR|FILE`

use super::Ending;
use super::common::{Backend, Experiment, Results, error};
use crate::report;
use crate::results::{Record, Tables};
use crate::run::{Inputs, Store};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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
    pub fn run(self) -> Result<Ending, String> {
        if self.target.is_dir() {
            let tables = Tables::read(&self.target).map_err(error)?;
            let record = Record::read(&self.target).map_err(error)?;
            return finish(&record, &tables, &self.target);
        }
        let Self { target, set, backend, results } = self;
        let inputs = Inputs::default();
        let plan = Experiment::at(target, set).plan(&backend, &inputs)?;
        if let Some(problem) = inputs.problems().first() {
            return Err(error(problem));
        }
        let store = Store::at(&results.store());
        let summaries = plan.nodes.keys().map(|&key| store.summary(key));
        let summaries = summaries.collect::<Result<Vec<_>, _>>().map_err(error)?;
        let missing = summaries.iter().filter(|summary| summary.is_none()).count();
        if missing == summaries.len() {
            return Err(error("nothing of this experiment is in the store; run it first"));
        }
        if missing > 0 {
            eprintln!(
                "{missing} of {} nodes are not in the store; the report is of the others",
                summaries.len()
            );
        }
        let folder = results.of(&plan.name);
        let _lock = store.lock_results(&plan.name).map_err(error)?;
        let tables = Tables::gather(&plan, &summaries);
        let record = Record::new(&plan, &BTreeMap::new(), Vec::new());
        tables.write(&folder).map_err(error)?;
        record.write(&folder).map_err(error)?;
        finish(&record, &tables, &folder)
    }
}

fn finish(record: &Record, tables: &Tables, folder: &Path) -> Result<Ending, String> {
    report::write(record, tables, folder).map_err(error)?;
    println!("{}", folder.join("report.md").display());
    Ok(Ending::AllGood)
}
