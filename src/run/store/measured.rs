//! The measurement of an artifact: a sealed JSON file beside it, that knows the arrays it was taken from.
//!
//! It has a version of its own, in its name: where this program measures something that an earlier one did
//! not, the artifact stays valid and is measured again, without training.

use super::{StoreError, pair, sealed};
use crate::durable;
use crate::run::Measurement;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Raised when a column is added to what is measured, or measured in another way.
const FORMAT: u32 = 3;

#[derive(Serialize, Deserialize)]
struct Entry {
    /// The version of the program that wrote it.
    niwaki: String,
    /// BLAKE3 of the `.safetensors` that was measured.
    arrays: String,
    measurement: Measurement,
}

/// What every version can read of an entry.
#[derive(Deserialize)]
struct Header {
    niwaki: String,
}

/// Whether a measurement lies at `path`.
pub(super) fn is_at(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(&format!(".measured-{FORMAT}.json"))
}

/// Where the measurement of the artifact in `directory` called `key` lies.
pub(super) fn path(directory: &Path, key: &str) -> PathBuf {
    directory.join(format!("{key}.measured-{FORMAT}.json"))
}

/// The measurement at `path`, checked against its digest; `None` where there is none of these `arrays`.
pub(super) fn read(path: &Path, arrays: &str) -> Result<Option<Measurement>, StoreError> {
    let Some(bytes) = pair::read(path)? else { return Ok(None) };
    let damaged = |problem: String| StoreError::Damaged { path: path.to_owned(), problem };
    sealed::check(&bytes).map_err(|problem| damaged(problem.into()))?;
    let entry = serde_json::from_slice::<Entry>(&bytes).map_err(|error| {
        let version = serde_json::from_slice::<Header>(&bytes).ok().map(|header| header.niwaki);
        match version.filter(|version| version != env!("CARGO_PKG_VERSION")) {
            Some(version) => StoreError::OtherVersion {
                path: path.to_owned(),
                version: format!("version {version}"),
                problem: error.to_string(),
            },
            // This version reads what it wrote: it is a file of another kind, under the name of this one.
            None => damaged(format!("is no measurement: {error}")),
        }
    })?;
    Ok((entry.arrays == arrays).then_some(entry.measurement))
}

/// The bytes of the file at `path`, for what was measured of `arrays`.
pub(super) fn seal(path: &Path, arrays: &str, measurement: &Measurement) -> Result<Vec<u8>, StoreError> {
    let (niwaki, arrays) = (env!("CARGO_PKG_VERSION").to_owned(), arrays.to_owned());
    let text = sealed::seal(&Entry { niwaki, arrays, measurement: measurement.clone() });
    text.map_err(|problem| StoreError::Unstorable { path: path.to_owned(), problem })
}

/// Writes the file at `path` durably.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    durable::write(path, bytes).map_err(|error| StoreError::io(path, error))
}
