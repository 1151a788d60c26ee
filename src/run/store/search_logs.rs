//! What a search tried that found nothing: a sealed JSON file in place of an artifact.

use super::{StoreError, pair, sealed};
use crate::durable;
use crate::run::SearchLog;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Raised when the log is written in another way.
const FORMAT: u32 = 1;

#[derive(PartialEq, Serialize, Deserialize)]
struct Entry {
    /// Guards against a file copied to another's name.
    key: String,
    log: SearchLog,
}

fn path(directory: &Path, key: &str) -> PathBuf {
    directory.join(format!("{key}.searched-{FORMAT}.json"))
}

/// The log in `directory` of the search `key`, checked against its digest; `None` where there is none.
pub(super) fn read(directory: &Path, key: &str) -> Result<Option<SearchLog>, StoreError> {
    let path = path(directory, key);
    let Some(bytes) = pair::read(&path)? else { return Ok(None) };
    let damaged = |problem: String| StoreError::Damaged { path: path.clone(), problem };
    sealed::check(&bytes).map_err(|problem| damaged(problem.into()))?;
    let entry = serde_json::from_slice::<Entry>(&bytes);
    let Entry { key: of, log } = entry.map_err(|error| damaged(format!("is no log: {error}")))?;
    if of != key {
        return Err(damaged(format!("belongs to {of}")));
    }
    Ok(Some(log))
}

/// Writes the log durably.
pub(super) fn write(directory: &Path, key: &str, log: &SearchLog) -> Result<(), StoreError> {
    let path = path(directory, key);
    let text = sealed::seal(&Entry { key: key.to_owned(), log: log.clone() });
    let text = text.map_err(|problem| StoreError::Unstorable { path: path.clone(), problem })?;
    let written = durable::create_directory(directory).and_then(|()| durable::write(&path, &text));
    written.and_then(|()| durable::sync_names(directory)).map_err(|error| StoreError::io(&path, error))
}
