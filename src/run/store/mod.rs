//! Artifacts by key, written whole or not at all.

use super::{Artifact, Summary};
use crate::plan::Key;
use crate::train::Checkpoint;
use std::path::{Path, PathBuf};

/// The directory of artifacts, `results/.store`, shared by all experiments and processes.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// What the store could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: {problem}")]
    Damaged { path: PathBuf, problem: String },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
}

/// Held while a node is being made; the operating system lets go of it when the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: std::fs::File,
}

impl Store {
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        Ok(Self { root: root.to_owned() })
    }

    /// The numbers under `key`, checked against their digest; `None` where there are none.
    pub fn summary(&self, key: Key) -> Result<Option<Summary>, StoreError> {
        let _ = (key, &self.root);
        todo!()
    }

    /// All of the artifact under `key`, checked against its digests.
    pub fn artifact(&self, key: Key) -> Result<Option<Artifact>, StoreError> {
        let _ = key;
        todo!()
    }

    /// The checkpoint after `step` steps of the training under `key`.
    pub fn checkpoint(&self, key: Key, step: u64) -> Result<Option<Checkpoint>, StoreError> {
        let _ = (key, step);
        todo!()
    }

    /// Stores durably: temporary name, sync, rename.
    pub fn put(&self, key: Key, artifact: &Artifact) -> Result<(), StoreError> {
        let _ = (key, artifact);
        todo!()
    }

    pub fn put_checkpoint(&self, key: Key, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let _ = (key, checkpoint);
        todo!()
    }

    /// Takes the lock of `key`, or gives `None` when another process holds it.
    pub fn lock(&self, key: Key) -> Result<Option<Lock>, StoreError> {
        let _ = key;
        todo!()
    }

    /// Removes what is under `key`, checkpoints included (damaged, or `--fresh`).
    pub fn remove(&self, key: Key) -> Result<(), StoreError> {
        let _ = key;
        todo!()
    }
}
