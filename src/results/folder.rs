//! The folder of an experiment's results: what is in it belongs to the record beside it, and nothing else
//! is ever replaced or removed.

use super::{Provenance, Record, TablesError};
use crate::durable;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Why results cannot be written into a folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// The file system refuses what is to be written, as for want of space.
    #[error("{}: {source}", path.display())]
    Unwritten { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Record(#[from] TablesError),
    #[error("the results cannot be written to {}: it is not a folder", .0.display())]
    NotAFolder(PathBuf),
    #[error(
        "{} holds files but no record of Niwaki, so they are not replaced; choose another place with `--results`, or rename the experiment file",
        .0.display()
    )]
    Foreign(PathBuf),
    #[error(
        "{} holds the results of another experiment, {theirs}; choose another place with `--results`, or rename the experiment file",
        path.display()
    )]
    OtherExperiment { path: PathBuf, theirs: String },
    #[error("{} is not of this experiment's results, so it is not replaced; move it away", .0.display())]
    Taken(PathBuf),
    #[error("{} is a symbolic link, and results are not written through it; move it away", .0.display())]
    Link(PathBuf),
}

/// Where results go.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    previous: Option<Record>,
}

impl Folder {
    /// The file of claims that were made before there were results.
    pub(super) const CLAIMS: &str = "claims.lock.json";

    /// The folder `path`, for results of whatever its record names.
    pub fn of_results(path: &Path) -> Result<Self, FolderError> {
        if path.symlink_metadata().is_ok() && !path.is_dir() {
            return Err(FolderError::NotAFolder(path.to_owned()));
        }
        let previous = match Record::read(path)? {
            None if is_empty(path)? => None,
            None => return Err(FolderError::Foreign(path.to_owned())),
            Some(record) => Some(record),
        };
        Ok(Self { path: path.to_owned(), previous })
    }

    /// The folder `path`, for results of `experiment` (merged, with its `sweep`) made from `provenance`. That of
    /// another experiment is an error; an experiment whose file has moved is the same while it says the same.
    pub fn of_experiment(
        path: &Path,
        provenance: &Provenance,
        experiment: (&serde_json::Value, &serde_json::Value),
    ) -> Result<Self, FolderError> {
        let folder = Self::of_results(path)?;
        if let Some(previous) = &folder.previous {
            let is_same = previous.provenance.from_results == provenance.from_results
                || (&previous.experiment, &previous.sweep) == experiment;
            if !is_same {
                let theirs = previous.provenance.file.clone();
                return Err(FolderError::OtherExperiment { path: path.to_owned(), theirs });
            }
        }
        Ok(folder)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The record that is there.
    pub fn previous(&self) -> Option<&Record> {
        self.previous.as_ref()
    }

    /// Writes `files` (paths from here, and bytes) and `record`, which lists all files of the results, and
    /// removes what the last record lists and this one does not. Killed at any moment, it leaves a record
    /// that lists everything that was written.
    pub fn write(&self, record: &Record, files: &[(String, Vec<u8>)]) -> Result<(), FolderError> {
        let listed = self.previous.iter().flat_map(|previous| &previous.files);
        // Whatever a record says, these are never a report's.
        let owned: BTreeSet<&String> =
            listed.filter(|name| ![Self::CLAIMS, Record::FILE].contains(&name.as_str())).collect();
        for (name, _) in files {
            let path = self.target(name)?;
            let is_taken = |found: fs::Metadata| found.is_dir() || !owned.contains(name);
            if path.symlink_metadata().is_ok_and(is_taken) {
                return Err(FolderError::Taken(path));
            }
        }
        let mut claim = self.previous.clone().unwrap_or_else(|| record.clone());
        claim.files = owned
            .iter()
            .copied()
            .chain(&record.files)
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let unwritten = |path: PathBuf| |source| FolderError::Unwritten { path, source };
        let record_file = || self.path.join(Record::FILE);
        claim.write(&self.path).map_err(unwritten(record_file()))?;
        for (name, bytes) in files {
            let path = self.target(name)?;
            let folder = path.parent().expect("a file is in a folder");
            let written = durable::create_directory(folder).and_then(|()| durable::write(&path, bytes));
            written.map_err(unwritten(path))?;
        }
        for name in owned.into_iter().filter(|name| !record.files.contains(name)) {
            self.remove(name)?;
        }
        record.write(&self.path).map_err(unwritten(record_file()))
    }

    /// Where `name` is; never outside, nor behind a symbolic link or a file.
    fn target(&self, name: &str) -> Result<PathBuf, FolderError> {
        let name = Path::new(name);
        let path = self.path.join(name);
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(FolderError::Taken(path));
        }
        let folders = name.ancestors().skip(1).filter(|folder| *folder != Path::new(""));
        for folder in folders.map(|folder| self.path.join(folder)) {
            match folder.symlink_metadata() {
                Ok(found) if found.is_symlink() => return Err(FolderError::Link(folder)),
                Ok(found) if !found.is_dir() => return Err(FolderError::Taken(folder)),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(path)
    }

    /// Removes a file of the last record; what is no plain file in its place is not ours.
    fn remove(&self, name: &str) -> Result<(), FolderError> {
        let Ok(path) = self.target(name) else { return Ok(()) };
        match path.symlink_metadata() {
            Ok(found) if found.is_file() => fs::remove_file(&path).map_err(|error| io_error(&path, error)),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(io_error(&path, error)),
        }
    }
}

/// Whether there is nothing at `path` but, perhaps, a lock, claims that were made before there were results, and what a
/// process is writing or was killed over.
fn is_empty(path: &Path) -> Result<bool, FolderError> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        entries => entries.map_err(|error| io_error(path, error))?,
    };
    for entry in entries {
        let name = entry.map_err(|error| io_error(path, error))?.file_name();
        let name = name.to_string_lossy();
        if name != ".lock" && name != Folder::CLAIMS && !name.ends_with(durable::TEMPORARY) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn io_error(path: &Path, source: io::Error) -> FolderError {
    FolderError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
