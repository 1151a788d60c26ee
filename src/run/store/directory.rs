//! The store as a whole: what is under a key, and who may write it.

use super::lock::{self, Locked};
use super::pair::{self, Pair};
use super::{StoreError, arrays};
use crate::durable;
use crate::plan::Key;
use crate::run::{Artifact, Summary};
use crate::train::Checkpoint;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The directory of artifacts, shared by all experiments and processes.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct CheckpointFacts {
    step: u64,
    fresh_at: u64,
}

impl Store {
    /// Nothing is created before something is written.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Creates the directories and checks that they can be written to, so that a run fails before its
    /// first training rather than after. Clears away the locks of killed processes.
    pub fn prepare(&self) -> Result<(), StoreError> {
        let locks = self.locks();
        for directory in [&self.root, &locks] {
            durable::check_writable(directory).map_err(|error| StoreError::io(directory, error))?;
        }
        lock::clear(&locks).map_err(|error| StoreError::io(&locks, error))
    }

    /// Whether something is under `key`, unchecked: for counting.
    pub fn contains(&self, key: Key) -> bool {
        self.pair(key).json().is_file()
    }

    /// The numbers under `key`, checked against their digest; `None` where there are none.
    pub fn summary(&self, key: Key) -> Result<Option<Summary>, StoreError> {
        self.pair(key).content()
    }

    /// The numbers under `key`, with everything of the artifact checked against its digests.
    pub fn verify(&self, key: Key) -> Result<Option<Summary>, StoreError> {
        Ok(self.pair(key).read()?.map(|(summary, _)| summary))
    }

    /// All of the artifact under `key`, checked against its digests. Its weights come in the order of
    /// their names.
    pub fn artifact(&self, key: Key) -> Result<Option<Artifact>, StoreError> {
        let pair = self.pair(key);
        let Some((summary, bytes)) = pair.read()? else { return Ok(None) };
        let (weights, masks) = arrays::to_artifact(&bytes).map_err(|problem| pair.other_version(problem))?;
        Ok(Some(Artifact { summary, weights, masks }))
    }

    /// The checkpoint after `step` steps of the training under `key`, checked against its digests.
    pub fn checkpoint(&self, key: Key, step: u64) -> Result<Option<Checkpoint>, StoreError> {
        let pair = Pair::checkpoint(&self.root, key, step);
        let Some((facts, bytes)) = pair.read::<CheckpointFacts>()? else { return Ok(None) };
        let checkpoint = arrays::to_checkpoint(facts.step, facts.fresh_at, &bytes);
        checkpoint.map(Some).map_err(|problem| pair.other_version(problem))
    }

    /// Stores durably, in place of what is under `key` already.
    pub fn put(&self, key: Key, artifact: &Artifact) -> Result<(), StoreError> {
        let pair = self.pair(key);
        let bytes = arrays::of_artifact(artifact);
        pair.write(artifact.summary.clone(), &bytes.map_err(|problem| unstorable(&pair, problem))?)
    }

    /// Stores durably, as [`Store::put`] does.
    pub fn put_checkpoint(&self, key: Key, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let pair = Pair::checkpoint(&self.root, key, checkpoint.step);
        let bytes = arrays::of_checkpoint(checkpoint);
        let facts = CheckpointFacts { step: checkpoint.step, fresh_at: checkpoint.fresh_at };
        pair.write(facts, &bytes.map_err(|problem| unstorable(&pair, problem))?)
    }

    /// Moves what was found at `path`, and the other file of its pair, to the folder of damaged files. Only
    /// the holder of the lock may.
    pub fn set_aside(&self, path: &Path) -> Result<(), StoreError> {
        pair::set_aside(&self.root, path)?;
        ["json", "safetensors"]
            .iter()
            .try_for_each(|end| pair::set_aside(&self.root, &path.with_extension(end)))
    }

    /// Takes the lock of `key`, unless another process holds it. Whoever gets it clears away what a killed
    /// process was writing.
    pub fn lock(&self, key: Key) -> Result<Locked, StoreError> {
        let path = self.locks().join(format!("{key}.lock"));
        let locked = lock::take(&path).map_err(|error| StoreError::io(&path, error))?;
        if let Locked::Here(_) = locked {
            self.clear_unfinished(key)?;
        }
        Ok(locked)
    }

    fn locks(&self) -> PathBuf {
        self.root.join("locks")
    }

    fn pair(&self, key: Key) -> Pair<'_> {
        Pair::artifact(&self.root, key)
    }

    /// Removes the temporary files of `key`.
    fn clear_unfinished(&self, key: Key) -> Result<(), StoreError> {
        let directory = self.pair(key).directory();
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            // There is nothing yet, or something that is set aside when it is read.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(());
            }
            Err(error) => return Err(StoreError::io(&directory, error)),
        };
        let stem = key.to_string();
        for entry in entries {
            let entry = entry.map_err(|error| StoreError::io(&directory, error))?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if name.starts_with(&stem) && name.ends_with(durable::TEMPORARY) {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => pair::set_aside(&self.root, &path)?,
                    _ => fs::remove_file(&path).map_err(|error| StoreError::io(&path, error))?,
                }
            }
        }
        Ok(())
    }
}

fn unstorable(pair: &Pair<'_>, problem: String) -> StoreError {
    StoreError::Unstorable { path: pair.safetensors(), problem }
}

#[cfg(test)]
mod tests;
