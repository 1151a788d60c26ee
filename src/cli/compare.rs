//! `niwaki compare DIR DIR`

use super::Ending;
use super::claims::verdicts;
use super::common::Recorded;
use super::compared::Compared;
use super::error::CliError;
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
        if let Some(file) = [&self.first, &self.second].into_iter().find(|path| path.is_file()) {
            return Err(CliError::NotTwoFolders(file.clone()));
        }
        let (first, second) = (Recorded::read(&self.first)?, Recorded::read(&self.second)?);
        let judged = |of: &Recorded| verdicts(&of.record, &of.tables, &of.folder);
        let (by_first, by_second) = (judged(&first)?, judged(&second)?);
        let name = |dir: &Path| dir.display().to_string();
        let compared = Compared::of(
            (name(&self.first), &first.record, &first.tables),
            (name(&self.second), &second.record, &second.tables),
        )?
        .edited([first.edited(), second.edited()].concat())
        .failed(&first.record.missing, &second.record.missing)
        .judged(&by_first, &by_second);
        compared.show(self.json);
        Ok(compared.ending())
    }
}
