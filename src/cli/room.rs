//! Where `verify` trains: a directory that is kept, or a temporary one.

use super::common::print_json;
use super::error::CliError;
use crate::output;
use crate::run::{RunError, StoreError};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// The directory that it trains in.
pub(super) struct Room {
    directory: Directory,
    /// Whether what came of it was told: once, by whoever is first, the subcommand or the interrupt that ends it.
    is_told: Arc<AtomicBool>,
}

enum Directory {
    Kept(PathBuf),
    /// Removed when this is dropped.
    Temporary(TempDir),
}

/// How what happens is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    Text,
    Json,
}

impl Room {
    /// `kept`, or a temporary directory.
    pub fn of(kept: Option<&Path>) -> Result<Self, CliError> {
        let temporary = || {
            let unmade = |source| CliError::Temporary { folder: std::env::temp_dir(), source };
            tempfile::tempdir().map(Directory::Temporary).map_err(unmade)
        };
        let directory = kept.map_or_else(temporary, |dir| Ok(Directory::Kept(dir.to_owned())))?;
        Ok(Self { directory, is_told: Arc::default() })
    }

    pub fn path(&self) -> &Path {
        match &self.directory {
            Directory::Kept(dir) => dir,
            Directory::Temporary(dir) => dir.path(),
        }
    }

    /// Where what was trained stays.
    fn kept(&self) -> Option<&Path> {
        match &self.directory {
            Directory::Kept(dir) => Some(dir),
            Directory::Temporary(_) => None,
        }
    }

    /// What kept something from being stored here, with what to do where nothing said where this is.
    pub fn problem(&self, error: CliError) -> CliError {
        match (&self.directory, error) {
            (
                Directory::Temporary(dir),
                CliError::Run(
                    RunError::Store(source @ StoreError::Io { .. })
                    | RunError::Stopped { source: source @ StoreError::Io { .. }, .. },
                ),
            ) => CliError::TemporaryStore { folder: dir.path().to_owned(), source },
            (Directory::Kept(_) | Directory::Temporary(_), error) => error,
        }
    }

    /// Whether nothing was told yet; then the caller tells it.
    pub fn may_tell(&self) -> bool {
        !self.is_told.swap(true, Ordering::Relaxed)
    }

    /// Says that nothing was compared, and what becomes of what was trained.
    pub fn tell_interrupted(&self, telling: Telling) {
        if self.may_tell() {
            tell(self.kept(), telling);
        }
    }

    /// What to do where the program is ended at once, with nothing dropped.
    pub fn at_once(&self, telling: Telling) -> impl Fn() + Send + 'static {
        let (path, is_told) = (self.path().to_owned(), Arc::clone(&self.is_told));
        let kept = self.kept().map(Path::to_owned);
        move || {
            if kept.is_none() {
                remove(&path);
            }
            if !is_told.swap(true, Ordering::Relaxed) {
                tell(kept.as_deref(), telling);
            }
        }
    }
}

/// Says that it was interrupted; `kept` is where what was trained stays.
fn tell(kept: Option<&Path>, telling: Telling) {
    match telling {
        Telling::Json => print_json(&json!({ "interrupted": true, "kept": kept })),
        Telling::Text => {
            let what = match kept {
                Some(dir) => format!(
                    "what was trained is kept in {}, and the same command goes on from there",
                    dir.display()
                ),
                None => "what was trained is removed; `--keep DIR` keeps it".to_owned(),
            };
            output::tell(format!("interrupted, and nothing was compared: {what}"));
        }
    }
}

/// Removes `path` while workers may still write there: again, until they have nowhere to write.
fn remove(path: &Path) {
    const TRIES: usize = 20;
    let _ = (0..TRIES).find(|_| fs::remove_dir_all(path).is_ok() || !path.exists());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_directory_is_gone_where_the_program_ends_at_once() {
        let room = Room::of(None).unwrap();
        fs::create_dir_all(room.path().join(".store/deep")).unwrap();
        room.at_once(Telling::Text)();
        assert!(!room.path().exists());
        let dir = tempfile::tempdir().unwrap();
        let kept = Room::of(Some(dir.path())).unwrap();
        kept.at_once(Telling::Text)();
        assert!(dir.path().exists());
    }

    #[test]
    fn a_full_temporary_directory_is_named_with_what_chooses_another() {
        let room = Room::of(None).unwrap();
        let path = room.path().join(".store");
        let source = StoreError::Io { path, source: std::io::Error::other("no space") };
        let error = room.problem(CliError::Run(RunError::Stopped { source, done: 1, nodes: 2 }));
        let said = error.to_string();
        assert!(said.contains("no space") && said.contains("TMPDIR") && said.contains("--keep"), "{said}");
    }
}
