//! Files that a user names or can put something else in the place of: nothing but a regular file is opened,
//! because a named pipe is waited for without end, and a device may have no end.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("is not a regular file")]
    NotRegular,
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Opens `path`, a regular file or a symbolic link to one. What it is, is asked before it is opened.
pub(crate) fn open(path: &Path) -> Result<File, Refused> {
    if !fs::metadata(path)?.is_file() {
        return Err(Refused::NotRegular);
    }
    Ok(File::open(path)?)
}

/// All of a regular file, of at most `most` bytes; `None` of a larger one.
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Refused> {
    let mut bytes = Vec::new();
    open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// All of a regular file, as large as it is.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_regular_file_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for path in [dir.path(), &pipe, Path::new("/dev/zero")] {
            assert!(matches!(read(path), Err(Refused::NotRegular)), "{}", path.display());
        }
    }

    #[test]
    fn what_is_larger_than_the_most_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "niwaki").unwrap();
        assert_eq!(read_at_most(&path, 6).unwrap().unwrap(), b"niwaki");
        assert!(read_at_most(&path, 5).unwrap().is_none());
    }
}
