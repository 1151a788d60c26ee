//! `niwaki compare DIR DIR`

use super::Ending;
use super::claims::verdicts;
use super::compared::Compared;
use super::error::CliError;
use crate::results::{Folder, Record, Tables};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Compare {
    /// A directory of results
    #[arg(value_name = "DIR")]
    first: PathBuf,
    /// Another one, of the same experiment
    #[arg(value_name = "DIR")]
    second: PathBuf,
    /// Prints what was found as JSON, and nothing else
    #[arg(long)]
    pub json: bool,
}

impl Compare {
    pub fn run(&self) -> Result<Ending, CliError> {
        let (first, of_first) = recorded(&self.first)?;
        let (second, of_second) = recorded(&self.second)?;
        let name = |dir: &Path| dir.display().to_string();
        let [one, other] = [(&self.first, &first, &of_first), (&self.second, &second, &of_second)]
            .map(|(dir, record, tables)| verdicts(record, tables, &Folder::of_results(dir)?));
        let (one, other) = (one?, other?);
        let both =
            Compared::of((name(&self.first), &first, of_first), (name(&self.second), &second, of_second))?;
        let compared = both.judged(&one, &other);
        compared.show(self.json);
        Ok(compared.ending())
    }
}

/// The record and the tables in `dir`.
pub(super) fn recorded(dir: &Path) -> Result<(Record, Tables), CliError> {
    let folder = Folder::of_results(dir)?;
    let record = folder.previous().cloned().ok_or_else(|| CliError::NoResults(dir.to_owned()))?;
    let tables = Tables::read(dir, &record.digests)?;
    Ok((record, tables))
}
