//! The bytes of one data file, plain or gzip, read strictly: as many as expected, and no more.

use super::{DataError, Problem};
use crate::regular_file::{self, Refused};
use flate2::bufread::MultiGzDecoder;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A file being read. Whether it is compressed is told by its first bytes, not by its name: download
/// tools are known to unpack a `.gz` without renaming it.
pub(super) struct Content<'a> {
    reader: Box<dyn Read + 'a>,
    packing: Packing,
    found: u64,
    expected: u64,
}

#[derive(Clone, Copy)]
enum Packing {
    Plain,
    Gzip,
}

impl Content<'static> {
    /// Opens `path`, which should hold `expected` bytes once decompressed.
    pub fn open(path: &Path, expected: u64) -> Result<Self, Problem> {
        let file = regular_file::open(path).map_err(|refused| match refused {
            Refused::NotRegular => Problem::NotAFile,
            Refused::Io(error) => Problem::Unreadable(error),
        })?;
        Self::new(BufReader::with_capacity(1 << 16, file), expected)
    }
}

impl<'a> Content<'a> {
    pub fn new(mut reader: impl BufRead + 'a, expected: u64) -> Result<Self, Problem> {
        let start = reader.fill_buf().map_err(Problem::Unreadable)?;
        if start.is_empty() {
            return Err(Problem::Empty { expected });
        }
        if start.starts_with(&[0x1f, 0x8b]) {
            let reader = Box::new(MultiGzDecoder::new(reader));
            Ok(Self { reader, packing: Packing::Gzip, found: 0, expected })
        } else {
            Ok(Self { reader: Box::new(reader), packing: Packing::Plain, found: 0, expected })
        }
    }

    /// Reads the next `into.len()` bytes.
    pub fn fill(&mut self, into: &mut [u8]) -> Result<(), Problem> {
        let mut filled = 0;
        while filled < into.len() {
            match self.read(&mut into[filled..])? {
                0 => return Err(self.truncated()),
                count => filled += count,
            }
        }
        Ok(())
    }

    /// Checks that nothing follows. Of a gzip stream this also verifies the checksum.
    pub fn end(mut self) -> Result<(), Problem> {
        match self.read(&mut [0])? {
            0 => Ok(()),
            _more => Err(Problem::Trailing { expected: self.expected }),
        }
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Problem> {
        loop {
            match self.reader.read(into) {
                Ok(count) => {
                    self.found += count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn failed(&self, error: io::Error) -> Problem {
        match self.packing {
            Packing::Plain => Problem::Unreadable(error),
            Packing::Gzip if error.kind() == ErrorKind::UnexpectedEof => self.truncated(),
            Packing::Gzip => Problem::DamagedGzip(error),
        }
    }

    fn truncated(&self) -> Problem {
        let Self { found, expected, .. } = *self;
        match self.packing {
            Packing::Plain => Problem::Truncated { found, expected },
            Packing::Gzip => Problem::TruncatedGzip { found, expected },
        }
    }
}

/// The first of `names` in `dir` that exists, each tried plain and then with `.gz`.
pub(super) fn find(dir: &Path, names: &[String], help: &str) -> Result<PathBuf, DataError> {
    directory(dir).map_err(DataError::at(dir, help))?;
    for name in names {
        for path in [dir.join(name), dir.join(format!("{name}.gz"))] {
            match fs::metadata(&path) {
                Ok(_) => return Ok(path),
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(DataError::at(&path, help)(Problem::Unreadable(error))),
            }
        }
    }
    let first = names.first().expect("callers name at least one file");
    Err(DataError::at(&dir.join(first), help)(Problem::Missing { tried: names.to_vec() }))
}

fn directory(dir: &Path) -> Result<(), Problem> {
    match fs::metadata(dir) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(Problem::NotADirectory),
        Err(error) if is_absent(&error) => Err(Problem::NoDirectory),
        Err(error) => Err(Problem::Unreadable(error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(stored: &[u8], expected: usize) -> Result<Vec<u8>, Problem> {
        let mut content = Content::new(stored, expected as u64)?;
        let mut bytes = vec![0; expected];
        content.fill(&mut bytes)?;
        content.end()?;
        Ok(bytes)
    }

    #[test]
    fn plain_and_gzip_give_the_same_bytes() {
        assert_eq!(read(b"bonsai", 6).unwrap(), b"bonsai");
        assert_eq!(read(&gzip(b"bonsai"), 6).unwrap(), b"bonsai");
    }

    #[test]
    fn a_short_file_tells_how_much_there_is() {
        assert!(matches!(read(b"bon", 6), Err(Problem::Truncated { found: 3, expected: 6 })));
        assert!(matches!(read(&gzip(b"bon"), 6), Err(Problem::TruncatedGzip { found: 3, expected: 6 })));
        assert!(matches!(read(b"", 6), Err(Problem::Empty { expected: 6 })));
    }

    #[test]
    fn a_gzip_stream_cut_anywhere_is_truncated() {
        let whole = gzip(b"bonsai");
        for length in 2..whole.len() {
            let result = read(&whole[..length], 6);
            assert!(matches!(result, Err(Problem::TruncatedGzip { .. })), "{length}: {result:?}");
        }
    }

    #[test]
    fn a_gzip_stream_with_a_wrong_checksum_is_damaged() {
        let mut stored = gzip(b"bonsai");
        let checksum = stored.len() - 8;
        stored[checksum] ^= 1;
        assert!(matches!(read(&stored, 6), Err(Problem::DamagedGzip(_))));
    }

    #[test]
    fn bytes_after_the_end_are_refused() {
        assert!(matches!(read(b"bonsai tree", 6), Err(Problem::Trailing { expected: 6 })));
        assert!(matches!(read(&gzip(b"bonsai tree"), 6), Err(Problem::Trailing { expected: 6 })));
        let padded = [gzip(b"bonsai"), b"no gzip header".to_vec()].concat();
        assert!(matches!(read(&padded, 6), Err(Problem::DamagedGzip(_))));
        let twice = [gzip(b"bonsai"), gzip(b"tree")].concat();
        assert!(matches!(read(&twice, 6), Err(Problem::Trailing { expected: 6 })));
        assert_eq!(read(&twice, 10).unwrap(), b"bonsaitree");
    }

    #[test]
    fn a_missing_directory_differs_from_a_missing_file() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["a".to_owned(), "b".to_owned()];
        let found = |dir: &Path| find(dir, &names, "help").map_err(|error| error.problem);
        assert!(matches!(found(&dir.path().join("none")), Err(Problem::NoDirectory)));
        let Err(Problem::Missing { tried }) = found(dir.path()) else { panic!("nothing is there") };
        assert_eq!(tried, names);

        fs::write(dir.path().join("b.gz"), "x").unwrap();
        assert_eq!(found(dir.path()).unwrap(), dir.path().join("b.gz"));
        assert!(matches!(found(&dir.path().join("b.gz")), Err(Problem::NotADirectory)));
        fs::write(dir.path().join("a"), "x").unwrap();
        assert_eq!(found(dir.path()).unwrap(), dir.path().join("a"));
    }

    #[test]
    fn only_regular_files_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for path in [dir.path(), &pipe, Path::new("/dev/zero")] {
            assert!(matches!(Content::open(path, 1), Err(Problem::NotAFile)), "{}", path.display());
        }
    }
}
