//! The store as a whole: what is under a key, and who may write it.

use super::lock::{self, Locked};
use super::pair::{self, Pair, Whole};
use super::{ComputedBy, StoreError, arrays, latencies, measured, search_logs, teacher_outputs};
use crate::durable;
use crate::model::Array;
use crate::plan::Key;
use crate::run::{Artifact, Course, Latency, Machine, Measurement, ProbeOutcome, SearchLog, Summary};
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

    /// The numbers under `key`, checked against their digests; `None` where there are none, or none of a
    /// measurement as this program makes it, also of what a search tried.
    pub fn summary(&self, key: Key) -> Result<Option<Summary>, StoreError> {
        let Some((course, digest)) = self.pair(key).content::<Course>()? else { return Ok(None) };
        let Some(measurement) = measured::read(&self.measured(key), &digest)? else { return Ok(None) };
        let probes = self.probes(course.search.as_ref())?;
        Ok(probes.map(|probes| Summary { measurement, course, probes }))
    }

    /// The numbers of what `search` tried, in that order; `None` where some that it measured are not there.
    pub fn probes(&self, search: Option<&SearchLog>) -> Result<Option<Vec<Option<Summary>>>, StoreError> {
        let mut summaries = Vec::new();
        for probe in search.into_iter().flat_map(|search| &search.probes) {
            let summary = match probe.outcome {
                ProbeOutcome::Failed(_) => None,
                ProbeOutcome::Held(_) | ProbeOutcome::NotHeld(_) => match self.summary(probe.key)? {
                    None => return Ok(None),
                    found => found,
                },
            };
            summaries.push(summary);
        }
        Ok(Some(summaries))
    }

    /// What the search `key` tried, where it found nothing.
    pub fn search_log(&self, key: Key) -> Result<Option<SearchLog>, StoreError> {
        search_logs::read(&self.pair(key).directory(), &key.to_string())
    }

    /// Stores durably what the search `key` tried and found nothing, unless that is there already.
    pub fn put_search_log(&self, key: Key, log: &SearchLog) -> Result<(), StoreError> {
        match self.search_log(key) {
            Ok(Some(stored)) if stored == *log => Ok(()),
            Ok(_) | Err(_) => search_logs::write(&self.pair(key).directory(), &key.to_string(), log),
        }
    }

    /// Checks everything of the artifact under `key` against its digests; gives how its training went, and its
    /// measurement where there is one as this program makes it.
    pub fn verify(&self, key: Key) -> Result<Option<(Course, Option<Measurement>)>, StoreError> {
        let Some(Whole { content, digest, .. }) = self.pair(key).read()? else { return Ok(None) };
        Ok(Some((content, measured::read(&self.measured(key), &digest)?)))
    }

    /// All of the artifact under `key`, checked against its digests.
    pub fn artifact(&self, key: Key) -> Result<Option<Artifact>, StoreError> {
        let pair = self.pair(key);
        let Some(Whole { content, arrays, .. }) = pair.read()? else { return Ok(None) };
        let read = arrays::to_artifact(&arrays, content);
        read.map(Some).map_err(|problem| pair.other_version(problem))
    }

    /// The checkpoint after `step` steps of the training under `key`, checked against its digests.
    pub fn checkpoint(&self, key: Key, step: u64) -> Result<Option<Checkpoint>, StoreError> {
        let pair = Pair::checkpoint(&self.root, key, step);
        let Some(Whole { content, arrays, .. }) = pair.read::<CheckpointFacts>()? else { return Ok(None) };
        if content.step != step {
            let problem = format!("belongs to step {}", content.step);
            return Err(StoreError::Damaged { path: pair.json(), problem });
        }
        let checkpoint = arrays::to_checkpoint(content.step, content.fresh_at, &arrays);
        checkpoint.map(Some).map_err(|problem| pair.other_version(problem))
    }

    /// Stores durably, in place of what is under `key` already.
    pub fn put(
        &self,
        key: Key,
        artifact: &Artifact,
        measurement: &Measurement,
        by: &ComputedBy,
    ) -> Result<(), StoreError> {
        let pair = self.pair(key);
        let bytes = arrays::of_artifact(artifact).map_err(|problem| unstorable(&pair, problem))?;
        let path = self.measured(key);
        let measured = measured::seal(&path, &pair::digest(&bytes), measurement)?;
        pair.write(artifact.course.clone(), &bytes, by)?;
        measured::write(&path, &measured)
    }

    /// Stores durably what was measured of the artifact under `key`, which is whole.
    pub fn put_measurement(&self, key: Key, measurement: &Measurement) -> Result<(), StoreError> {
        let Some((_, digest)) = self.pair(key).content::<Course>()? else { return Ok(()) };
        let path = self.measured(key);
        measured::write(&path, &measured::seal(&path, &digest, measurement)?)
    }

    /// The latencies of the network under `key`, each with the machine that measured it.
    pub fn latencies(&self, key: Key) -> Result<Vec<(Machine, Latency)>, StoreError> {
        let pair = self.pair(key);
        let files = latencies::files(&pair.directory(), &key.to_string())?;
        if files.is_empty() {
            return Ok(Vec::new());
        }
        match pair.content::<Course>()? {
            Some((_, digest)) => latencies::read_all(&files, &digest),
            None => Ok(Vec::new()),
        }
    }

    /// Stores durably how long the network under `key`, which is whole, takes on `machine`.
    pub fn put_latency(&self, key: Key, machine: &Machine, latency: &Latency) -> Result<(), StoreError> {
        let pair = self.pair(key);
        let Some((_, digest)) = pair.content::<Course>()? else { return Ok(()) };
        latencies::write(&pair.directory(), &key.to_string(), &digest, machine, latency)
    }

    /// Stores durably, as [`Store::put`] does.
    pub fn put_checkpoint(
        &self,
        key: Key,
        checkpoint: &Checkpoint,
        by: &ComputedBy,
    ) -> Result<(), StoreError> {
        let pair = Pair::checkpoint(&self.root, key, checkpoint.step);
        let bytes = arrays::of_checkpoint(checkpoint);
        let facts = CheckpointFacts { step: checkpoint.step, fresh_at: checkpoint.fresh_at };
        pair.write(facts, &bytes.map_err(|problem| unstorable(&pair, problem))?, by)
    }

    /// What the network under `teacher`, which is whole, says of its training images, as `[images, classes]`, where that
    /// is stored under `key`.
    pub fn teacher_outputs(&self, key: Key, teacher: Key) -> Result<Option<Array>, StoreError> {
        let Some((_, digest)) = self.pair(teacher).content::<Course>()? else { return Ok(None) };
        teacher_outputs::read(&self.pair(key), &digest)
    }

    /// Stores durably, under `key`, what the network under `teacher`, which is whole, says of its training images.
    pub fn put_teacher_outputs(
        &self,
        key: Key,
        teacher: Key,
        logits: &Array,
        by: &ComputedBy,
    ) -> Result<(), StoreError> {
        let Some((_, digest)) = self.pair(teacher).content::<Course>()? else { return Ok(()) };
        teacher_outputs::write(&self.pair(key), digest, logits, by)
    }

    /// Moves what was found at `path`, and the other file of its pair, to the folder of damaged files. Only
    /// the holder of the lock may.
    pub fn set_aside(&self, path: &Path) -> Result<(), StoreError> {
        pair::set_aside(&self.root, path)?;
        ["json", "safetensors"]
            .iter()
            .try_for_each(|end| pair::set_aside(&self.root, &path.with_extension(end)))
    }

    /// Whether what is damaged at `path` is a measurement, which can be made again without training.
    pub fn is_measurement(&self, path: &Path) -> bool {
        measured::is_at(path)
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

    fn measured(&self, key: Key) -> PathBuf {
        measured::path(&self.pair(key).directory(), &key.to_string())
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
