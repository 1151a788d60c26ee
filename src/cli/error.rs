//! What ends a subcommand early.

use super::Ending;
use crate::backend::Unavailable;
use crate::data::DataError;
use crate::format::without_long_words;
use crate::output;
use crate::plan::PlanError;
use crate::report::ReportError;
use crate::results::{ComparisonError, FolderError, TablesError};
use crate::run::{RunError, StoreError};
use crate::spec::{Colours, Diagnostics};
use serde_json::{Value, json};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// What kept a subcommand from doing what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Mistakes(#[from] Diagnostics),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Data(#[from] Arc<DataError>),
    #[error(transparent)]
    Backend(#[from] Unavailable),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Tables(#[from] TablesError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
    #[error(
        "no temporary directory can be made in {}: {source}; TMPDIR names another place, and `--keep DIR` a directory that \
         is kept",
        folder.display()
    )]
    Temporary { folder: PathBuf, source: io::Error },
    #[error(
        "{source}; what is trained goes into the temporary directory {}: TMPDIR names a place with more room, and `--keep \
         DIR` a directory that is kept",
        folder.display()
    )]
    TemporaryStore { folder: PathBuf, source: StoreError },
    #[error(
        "the results in {} are of another state of this file, or of other values set over it: they came from `{command}`",
        folder.display()
    )]
    OtherExperiment { folder: PathBuf, command: String },
    #[error("`--keep {}` is where the results are that are verified, or their store; name another directory", .0.display())]
    KeptInResults(PathBuf),
    #[error("`{}` holds no results", .0.display())]
    NoResults(PathBuf),
    #[error("there is no `{}`: neither a folder of results nor an experiment file", .0.display())]
    NothingThere(PathBuf),
    #[error("{0}; what was trained is stored, and the same command writes the results")]
    Unwritten(Box<Self>),
    #[error("the results cannot be written to {}: {source}", folder.display())]
    Results { folder: PathBuf, source: io::Error },
    #[error("{0}: it is damaged; `niwaki run` sets it aside and makes it again")]
    DamagedStore(StoreError),
    #[error("nothing of this experiment is in the store; run it first")]
    NothingStored,
    #[error(
        "nothing of this experiment was measured by this version; `run` measures what is in the store again, without training"
    )]
    NothingMeasured,
    #[error(
        "`{option}` goes with an experiment file, and `{}` is a folder of results: give the file, or leave `{option}` out",
        folder.display()
    )]
    Meaningless { option: &'static str, folder: PathBuf },
    #[error(
        "`{file}` is a file, and `compare` takes two folders of results, as `results/NAME`; `niwaki verify {file}` runs \
         an experiment file again and compares what comes out with what is recorded",
        file = .0.display()
    )]
    NotTwoFolders(PathBuf),
    #[error(
        "`{word}` is no key, method, column or verdict; {}`niwaki schema` prints the whole language",
        nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`? ")).unwrap_or_default()
    )]
    NoWord { word: String, nearest: Option<String> },
    #[error("interrupts cannot be listened to: {0}")]
    Interrupts(#[from] ctrlc::Error),
}

impl CliError {
    /// As the user reads it on standard error.
    pub fn render(&self) -> String {
        let Self::Mistakes(mistakes) = self else {
            return format!("error: {}", without_long_words(&self.to_string()));
        };
        mistakes.render(if output::has_colours() { Colours::Terminal } else { Colours::Plain })
    }

    /// As a program reads it: `errors`, each with a `message`.
    pub fn json(&self) -> Value {
        let Self::Mistakes(mistakes) = self else {
            return errors(&without_long_words(&self.to_string()));
        };
        json!({ "errors": mistakes.mistakes, "more": mistakes.more })
    }

    /// The same, of results that are written after trainings: where nothing more can be stored, it says that
    /// nothing is lost.
    pub fn after_trainings(self) -> Self {
        match self {
            Self::Report(ReportError::Folder(FolderError::Unwritten { .. }))
            | Self::Store(StoreError::Io { .. }) => Self::Unwritten(Box::new(self)),
            other => other,
        }
    }

    pub fn ending(&self) -> Ending {
        match self {
            Self::Run(RunError::Stopped { .. })
            | Self::TemporaryStore { .. }
            | Self::Unwritten(_)
            | Self::Report(ReportError::Folder(FolderError::Unwritten { .. })) => Ending::TrialFailed,
            Self::Run(RunError::Backend(_) | RunError::Store(_) | RunError::Workers { .. })
            | Self::Mistakes(_)
            | Self::Plan(_)
            | Self::Data(_)
            | Self::Backend(_)
            | Self::Store(_)
            | Self::Tables(_)
            | Self::Report(_)
            | Self::Folder(_)
            | Self::NoResults(_)
            | Self::KeptInResults(_)
            | Self::NothingThere(_)
            | Self::Comparison(_)
            | Self::Temporary { .. }
            | Self::NotTwoFolders(_)
            | Self::Meaningless { .. }
            | Self::OtherExperiment { .. }
            | Self::Results { .. }
            | Self::DamagedStore(_)
            | Self::NothingStored
            | Self::NothingMeasured
            | Self::NoWord { .. }
            | Self::Interrupts(_) => Ending::Wrong,
        }
    }
}

/// One error as a program reads it.
pub(super) fn errors(message: &str) -> Value {
    json!({ "errors": [{ "message": message }] })
}
