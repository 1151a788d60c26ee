//! What the store could not do.

use std::io;
use std::path::{Path, PathBuf};

/// What the store could not do, and with which file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What is there is not what was written.
    #[error("{}: {problem}", path.display())]
    Damaged { path: PathBuf, problem: String },
    /// What is there is whole, and another version of the program wrote it.
    #[error(
        "{}: written by {version} of niwaki, which this version cannot read ({problem}); it is left as it is: \
         use that version, or other results (`--results`), or replace it with `--fresh`",
        path.display()
    )]
    OtherVersion { path: PathBuf, version: String, problem: String },
    /// The file system refused: no permission, no space.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// What was to be stored cannot be.
    #[error("{}: {problem}", path.display())]
    Unstorable { path: PathBuf, problem: String },
}

impl StoreError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}
