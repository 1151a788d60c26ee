//! The store's files and their order of writing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::lock::{self, Lock};
use super::{arrays, sealed};
use crate::durable;
use crate::plan::Key;
use crate::run::{Artifact, Summary};
use crate::train::Checkpoint;

/// Changes when the layout of the files does; what is in them is named by their key.
const FORMAT: u32 = 1;

/// The directory of artifacts, shared by all experiments and processes.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// What the store could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What is there is not what was written.
    #[error("{}: {problem}", path.display())]
    Damaged { path: PathBuf, problem: String },
    /// The file system refused: no permission, no space.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// What was to be stored cannot be.
    #[error("{}: {problem}", path.display())]
    Unstorable { path: PathBuf, problem: String },
}

/// The `.json` of a pair of files.
#[derive(PartialEq, Serialize, Deserialize)]
struct Entry<T> {
    format: u32,
    /// Guards against a file copied to another's name.
    key: String,
    /// BLAKE3 of the whole `.safetensors`.
    arrays: String,
    content: T,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct CheckpointFacts {
    step: u64,
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
    /// first training rather than after.
    pub fn prepare(&self) -> Result<(), StoreError> {
        let locks = self.locks();
        durable::create_directory(&locks).map_err(|error| io_error(&locks, error))?;
        let probe = self.root.join(format!("writable-{}", std::process::id()));
        fs::write(&probe, "").and_then(|()| fs::remove_file(&probe)).map_err(|error| io_error(&probe, error))
    }

    /// Whether something is under `key`, unchecked: for counting.
    pub fn contains(&self, key: Key) -> bool {
        self.path(&key.to_string(), "json").is_file()
    }

    /// The numbers under `key`, checked against their digest; `None` where there are none.
    pub fn summary(&self, key: Key) -> Result<Option<Summary>, StoreError> {
        Ok(self.entry(key, &key.to_string())?.map(|entry| entry.content))
    }

    /// The numbers under `key`, with everything of the artifact checked against its digests.
    pub fn verify(&self, key: Key) -> Result<Option<Summary>, StoreError> {
        Ok(self.pair(key, &key.to_string())?.map(|(summary, _)| summary))
    }

    /// All of the artifact under `key`, checked against its digests. Its weights come in the order of
    /// their names.
    pub fn artifact(&self, key: Key) -> Result<Option<Artifact>, StoreError> {
        let stem = key.to_string();
        let Some((summary, bytes)) = self.pair(key, &stem)? else { return Ok(None) };
        let (weights, masks) = arrays::to_artifact(&bytes).map_err(|problem| self.damaged(&stem, problem))?;
        Ok(Some(Artifact { summary, weights, masks }))
    }

    /// The checkpoint after `step` steps of the training under `key`, checked against its digests.
    pub fn checkpoint(&self, key: Key, step: u64) -> Result<Option<Checkpoint>, StoreError> {
        let stem = checkpoint_stem(key, step);
        let Some((facts, bytes)) = self.pair::<CheckpointFacts>(key, &stem)? else { return Ok(None) };
        let checkpoint = arrays::to_checkpoint(facts.step, &bytes);
        checkpoint.map(Some).map_err(|problem| self.damaged(&stem, problem))
    }

    /// Stores durably. What is under `key` already is replaced file by file; a reader in between finds
    /// a digest that does not match, never a mixture.
    pub fn put(&self, key: Key, artifact: &Artifact) -> Result<(), StoreError> {
        let stem = key.to_string();
        let bytes = arrays::of_artifact(artifact).map_err(|problem| self.unstorable(&stem, problem))?;
        self.put_pair(key, &stem, artifact.summary.clone(), &bytes)
    }

    /// Stores durably, as [`Store::put`] does.
    pub fn put_checkpoint(&self, key: Key, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let stem = checkpoint_stem(key, checkpoint.step);
        let bytes = arrays::of_checkpoint(checkpoint).map_err(|problem| self.unstorable(&stem, problem))?;
        self.put_pair(key, &stem, CheckpointFacts { step: checkpoint.step }, &bytes)
    }

    /// Takes the lock of `key`, or gives `None` while another process holds it. Whoever gets it clears
    /// away what a killed process was writing.
    pub fn lock(&self, key: Key) -> Result<Option<Lock>, StoreError> {
        let path = self.locks().join(format!("{key}.lock"));
        let lock = lock::take(&path).map_err(|error| io_error(&path, error))?;
        if lock.is_some() {
            self.remove_files(key, |name| name.ends_with(durable::TEMPORARY))?;
        }
        Ok(lock)
    }

    /// Removes what is under `key`, checkpoints included. Only the holder of its lock may.
    pub fn remove(&self, key: Key) -> Result<(), StoreError> {
        self.remove_files(key, |name| name.ends_with(".json"))?;
        self.remove_files(key, |_| true)
    }

    /// Waits for the right to write the results of experiment `name`: tables and report belong together.
    pub fn lock_results(&self, name: &str) -> Result<Lock, StoreError> {
        let locks = self.locks();
        let path = locks.join(format!("results-{name}.lock"));
        durable::create_directory(&locks).map_err(|error| io_error(&locks, error))?;
        loop {
            if let Some(lock) = lock::take(&path).map_err(|error| io_error(&path, error))? {
                return Ok(lock);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn locks(&self) -> PathBuf {
        self.root.join("locks")
    }

    fn path(&self, stem: &str, extension: &str) -> PathBuf {
        self.root.join(&stem[..2]).join(format!("{stem}.{extension}"))
    }

    fn damaged(&self, stem: &str, problem: String) -> StoreError {
        StoreError::Damaged { path: self.path(stem, "safetensors"), problem }
    }

    fn unstorable(&self, stem: &str, problem: String) -> StoreError {
        StoreError::Unstorable { path: self.path(stem, "safetensors"), problem }
    }

    fn entry<T: DeserializeOwned>(&self, key: Key, stem: &str) -> Result<Option<Entry<T>>, StoreError> {
        let path = self.path(stem, "json");
        let Some(bytes) = read(&path)? else { return Ok(None) };
        let entry = sealed::open::<Entry<T>>(&bytes).and_then(|entry| match entry {
            Entry { format, .. } if format != FORMAT => Err(format!("has format {format}, not {FORMAT}")),
            Entry { key: other, .. } if other != key.to_string() => Err(format!("belongs to {other}")),
            entry => Ok(entry),
        });
        entry.map(Some).map_err(|problem| StoreError::Damaged { path, problem })
    }

    /// Content and array bytes of a pair of files, both checked.
    fn pair<T: DeserializeOwned>(&self, key: Key, stem: &str) -> Result<Option<(T, Vec<u8>)>, StoreError> {
        let Some(entry) = self.entry(key, stem)? else { return Ok(None) };
        let bytes = read(&self.path(stem, "safetensors"))?;
        let bytes = bytes.ok_or_else(|| self.damaged(stem, "is missing".into()))?;
        if blake3::hash(&bytes).to_hex().as_str() != entry.arrays {
            return Err(self.damaged(stem, "does not match its digest".into()));
        }
        Ok(Some((entry.content, bytes)))
    }

    fn put_pair<T: Serialize + DeserializeOwned + PartialEq>(
        &self,
        key: Key,
        stem: &str,
        content: T,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let arrays = blake3::hash(bytes).to_hex().to_string();
        let entry = Entry { format: FORMAT, key: key.to_string(), arrays, content };
        let (json, safetensors) = (self.path(stem, "json"), self.path(stem, "safetensors"));
        let text =
            sealed::seal(&entry).map_err(|problem| StoreError::Unstorable { path: json.clone(), problem })?;
        let directory = json.parent().expect("files lie in a directory of the store");
        durable::create_directory(directory).map_err(|error| io_error(directory, error))?;
        durable::write(&safetensors, bytes).map_err(|error| io_error(&safetensors, error))?;
        durable::write(&json, &text)
            .and_then(|()| durable::sync_names(directory))
            .map_err(|error| io_error(&json, error))
    }

    fn remove_files(&self, key: Key, which: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        let stem = key.to_string();
        let directory = self.root.join(&stem[..2]);
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(io_error(&directory, error)),
        };
        for entry in entries {
            let path = entry.map_err(|error| io_error(&directory, error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&stem) && which(&name) {
                fs::remove_file(&path).map_err(|error| io_error(&path, error))?;
            }
        }
        Ok(())
    }
}

fn checkpoint_stem(key: Key, step: u64) -> String {
    format!("{key}.step{step}")
}

fn io_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { path: path.to_owned(), source }
}

/// The whole file; `None` where there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error(path, error)),
    }
}

#[cfg(test)]
mod tests;
