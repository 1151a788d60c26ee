//! Locks between processes.

use super::StoreError;
use crate::durable;
use std::fmt::{self, Display, Formatter};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a lock that another process holds is tried again.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Held while a node is being made; the operating system lets go of it when the process ends, however
/// it ends.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
}

/// Who has a lock now.
#[derive(Debug)]
pub enum Locked {
    Here(Lock),
    Elsewhere(Holder),
}

/// The process that holds a lock, as far as its file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder(Option<u32>);

impl Holder {
    /// Whether it is this process: a search obtains a node that is one of the plan too.
    pub fn is_here(self) -> bool {
        self.0 == Some(std::process::id())
    }
}

impl Display for Holder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(process) => write!(f, "process {process}"),
            None => f.write_str("another process"),
        }
    }
}

/// Takes the lock at `path`, unless someone else holds it.
pub(super) fn take(path: &Path) -> io::Result<Locked> {
    loop {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Locked::Elsewhere(holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if is_at(&file, path)? {
            // Only for those who wait to read: the lock holds without it.
            let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
            return Ok(Locked::Here(Lock { path: path.to_owned(), _file: file }));
        }
    }
}

/// Waits for the right to write the results in `folder`: tables and report belong together. `waiting` is
/// called once where another process has it; `None` where `stop` is set before it lets go.
pub fn lock_results(
    folder: &Path,
    stop: &AtomicBool,
    waiting: impl Fn(Holder),
) -> Result<Option<Lock>, StoreError> {
    let path = folder.join(".lock");
    let mut is_told = false;
    durable::create_directory(folder).map_err(|error| StoreError::io(folder, error))?;
    loop {
        match take(&path).map_err(|error| StoreError::io(&path, error))? {
            Locked::Here(lock) => return Ok(Some(lock)),
            Locked::Elsewhere(_) if stop.load(Ordering::Relaxed) => return Ok(None),
            Locked::Elsewhere(holder) if !is_told => {
                waiting(holder);
                is_told = true;
            }
            Locked::Elsewhere(_) => std::thread::sleep(POLL_INTERVAL),
        }
    }
}

/// Removes the files in `directory` that killed processes left: locks that nobody holds. What cannot be taken,
/// as a file of another user or a folder, stays: it concerns only who needs that lock.
pub(super) fn clear(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "lock") {
            drop(take(&path));
        }
    }
    Ok(())
}

/// The lock's file, never another one that a symbolic link leads to.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
    let file = options.open(path)?;
    // What is read from a named pipe is waited for without end.
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"));
    }
    Ok(file)
}

fn holder(file: &mut File) -> Holder {
    let mut text = String::new();
    Holder(file.read_to_string(&mut text).ok().and_then(|_| text.parse().ok()))
}

/// Whether `path` still names `file`: whoever held the lock before removes its file when done, and a
/// lock on a file without a name excludes nobody.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let locked = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (locked.dev(), locked.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

impl Drop for Lock {
    fn drop(&mut self) {
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    /// The lock, if nobody else has it.
    fn taken(path: &Path) -> Option<Lock> {
        match take(path).unwrap() {
            Locked::Here(lock) => Some(lock),
            Locked::Elsewhere(_) => None,
        }
    }

    #[test]
    fn a_held_lock_is_refused_and_a_dropped_one_is_free_and_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.lock");
        let held = taken(&path).expect("nobody else has it");
        let Locked::Elsewhere(holder) = take(&path).unwrap() else { panic!("it is held") };
        assert_eq!(holder.to_string(), format!("process {}", std::process::id()));
        drop(held);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), usize::from(cfg!(not(unix))));
        assert!(taken(&path).is_some());
    }

    #[test]
    fn two_threads_never_hold_it_together() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.lock");
        let (inside, count) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while count.load(Ordering::SeqCst) < 500 {
                        let Some(lock) = taken(&path) else { continue };
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        count.fetch_add(1, Ordering::SeqCst);
                        assert_eq!(inside.fetch_sub(1, Ordering::SeqCst), 1);
                        drop(lock);
                    }
                });
            }
        });
    }

    #[test]
    fn locks_that_nobody_holds_are_cleared_away() {
        let dir = tempfile::tempdir().unwrap();
        let (held, left) = (dir.path().join("held.lock"), dir.path().join("left.lock"));
        let lock = taken(&held).expect("nobody else has it");
        fs::write(&left, "").unwrap();
        clear(dir.path()).unwrap();
        assert!(held.exists() && !left.exists());
        drop(lock);
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_taken_stays_and_keeps_no_other_from_being_cleared() {
        let dir = tempfile::tempdir().unwrap();
        let [folder, link, left] = ["a.lock", "b.lock", "c.lock"].map(|name| dir.path().join(name));
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &link).unwrap();
        fs::write(&left, "").unwrap();
        clear(dir.path()).unwrap();
        assert!(folder.is_dir() && link.is_symlink() && !left.exists());
        assert!(!dir.path().join("elsewhere").exists());
    }

    #[test]
    fn whoever_waits_for_results_is_told_once_who_has_them_and_can_be_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let (stop, told) = (AtomicBool::new(false), AtomicU32::new(0));
        let held = lock_results(dir.path(), &stop, |_| panic!("nobody has it")).unwrap();
        let waited = lock_results(dir.path(), &stop, |_| {
            told.fetch_add(1, Ordering::SeqCst);
            stop.store(true, Ordering::SeqCst);
        });
        assert!(held.is_some() && waited.unwrap().is_none());
        assert_eq!(told.into_inner(), 1);
    }
}
