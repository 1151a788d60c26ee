//! The latencies of an artifact: a sealed JSON file beside it for each machine that measured one.

use super::{StoreError, pair, sealed};
use crate::durable;
use crate::run::{Latency, Machine};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Raised when latencies are measured in another way.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Entry {
    machine: Machine,
    /// BLAKE3 of the `.safetensors` whose network was measured.
    arrays: String,
    latency: Latency,
}

/// How the names of the files begin.
fn beginning(key: &str) -> String {
    format!("{key}.latency-{FORMAT}-")
}

/// The files in `directory` with latencies of the network that is called `key`, in order.
pub(super) fn files(directory: &Path, key: &str) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| StoreError::io(directory, error))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| StoreError::io(directory, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(&beginning(key)) && name.ends_with(".json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The latencies in `files` that are of the network of `arrays`.
pub(super) fn read_all(files: &[PathBuf], arrays: &str) -> Result<Vec<(Machine, Latency)>, StoreError> {
    let found = files.iter().map(|path| read(path, arrays)).collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// The latency at `path`, checked against its digest; `None` where there is none of these `arrays`.
fn read(path: &Path, arrays: &str) -> Result<Option<(Machine, Latency)>, StoreError> {
    let Some(bytes) = pair::read(path)? else { return Ok(None) };
    let damaged = |problem: String| StoreError::Damaged { path: path.to_owned(), problem };
    sealed::check(&bytes).map_err(|problem| damaged(problem.into()))?;
    let entry = serde_json::from_slice::<Entry>(&bytes);
    let Entry { machine, arrays: of, latency } =
        entry.map_err(|error| damaged(format!("is no latency: {error}")))?;
    Ok((of == arrays).then_some((machine, latency)))
}

/// Writes durably what `machine` measured of the artifact in `directory` called `key`, whose arrays are `arrays`.
pub(super) fn write(
    directory: &Path,
    key: &str,
    arrays: &str,
    machine: &Machine,
    latency: &Latency,
) -> Result<(), StoreError> {
    let path = directory.join(format!("{}{}.json", beginning(key), machine.tag()));
    let entry = Entry { machine: machine.clone(), arrays: arrays.to_owned(), latency: *latency };
    let text = sealed::seal(&entry);
    let text = text.map_err(|problem| StoreError::Unstorable { path: path.clone(), problem })?;
    durable::write(&path, &text).map_err(|error| StoreError::io(&path, error))
}
