//! The tables as files.

use super::{Digests, Tables};
use crate::panics;
use crate::regular_file;
use polars::prelude::{
    CsvWriter, DataFrame, ParallelStrategy, ParquetReader, ParquetWriter, PolarsResult, SerReader, SerWriter,
};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// A table that could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct TablesError {
    pub path: PathBuf,
    pub problem: String,
}

const MEASUREMENTS_CSV: &str = "measurements.csv";
const HISTORY: &str = "history.parquet";
const LAYERS: &str = "layers.parquet";
const CLASSES: &str = "classes.parquet";
const SCAN: &str = "scan.parquet";
const SCAN_CSV: &str = "scan.csv";

/// What is said of a table that is not the one of the record.
const OTHER_BYTES: &str = "was changed after it was written, or writing the results was interrupted: it does not match its digest in record.json; `niwaki report FILE` makes it again";

impl Tables {
    /// The name of the file of measurements.
    pub const MEASUREMENTS: &str = "measurements.parquet";

    /// The names of the files that are always there.
    pub const FILES: [&str; 4] = [Self::MEASUREMENTS, MEASUREMENTS_CSV, HISTORY, LAYERS];

    /// The files, each with its bytes.
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>, TablesError> {
        let file = |name: &str, write: &dyn Fn(&mut Vec<u8>) -> PolarsResult<()>| {
            let mut bytes = Vec::new();
            match write(&mut bytes) {
                Ok(()) => Ok((name.to_owned(), bytes)),
                Err(error) => Err(TablesError { path: name.into(), problem: error.to_string() }),
            }
        };
        let parquet = |name: &str, frame: &DataFrame| {
            file(name, &|bytes| ParquetWriter::new(bytes).finish(&mut frame.clone()).map(|_| ()))
        };
        let csv = |name: &str, frame: &DataFrame| {
            file(name, &|bytes| CsvWriter::new(bytes).finish(&mut frame.clone()))
        };
        let mut files = vec![
            parquet(Self::MEASUREMENTS, &self.measurements)?,
            csv(MEASUREMENTS_CSV, &self.measurements)?,
            parquet(HISTORY, &self.history)?,
            parquet(LAYERS, &self.layers)?,
        ];
        if let Some(classes) = &self.classes {
            files.push(parquet(CLASSES, classes)?);
        }
        if let Some(scan) = &self.scan {
            files.extend([parquet(SCAN, scan)?, csv(SCAN_CSV, scan)?]);
        }
        Ok(files)
    }

    /// The names of its files.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let classes = self.classes.iter().map(|_| CLASSES);
        let scan = self.scan.iter().flat_map(|_| [SCAN, SCAN_CSV]);
        Self::FILES.into_iter().chain(classes).chain(scan)
    }

    /// Reads the tables in `dir`, which are those of `digests`.
    pub fn read(dir: &Path, digests: &Digests) -> Result<Self, TablesError> {
        let read = |name: &str| {
            let path = dir.join(name);
            read(&path, |bytes| digests.allow(name, bytes)).map_err(|problem| TablesError { path, problem })
        };
        [MEASUREMENTS_CSV, SCAN_CSV].into_iter().try_for_each(|name| check_text(dir, name, digests))?;
        let if_there = |name| digests.name(name).then(|| read(name)).transpose();
        Ok(Self {
            measurements: read(Self::MEASUREMENTS)?,
            history: read(HISTORY)?,
            layers: read(LAYERS)?,
            classes: if_there(CLASSES)?,
            scan: if_there(SCAN)?,
        })
    }
}

/// A table as text is for other programs, and is not read. Where it is there, it is still the one that was written.
fn check_text(dir: &Path, name: &str, digests: &Digests) -> Result<(), TablesError> {
    let path = dir.join(name);
    match regular_file::read(&path) {
        Ok(bytes) if !digests.allow(name, &bytes) => {
            Err(TablesError { path, problem: OTHER_BYTES.to_owned() })
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn read(path: &Path, is_allowed: impl Fn(&[u8]) -> bool) -> Result<DataFrame, String> {
    let bytes = regular_file::read(path).map_err(|refused| refused.to_string())?;
    if !is_allowed(&bytes) {
        return Err(OTHER_BYTES.to_owned());
    }
    // The reader of Polars panics over some files that are damaged: on this thread, where it is caught.
    let reader = || ParquetReader::new(Cursor::new(bytes)).read_parallel(ParallelStrategy::None).finish();
    let frame = panics::caught(reader).and_then(|frame| frame.map_err(|error| error.to_string()));
    frame.map_err(|problem| {
        format!("is no table that can be read ({problem}); `niwaki report FILE` makes it again")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Tables of one column, in a folder, with their digests.
    fn written() -> (tempfile::TempDir, Digests) {
        let frame = polars::prelude::df!("accuracy" => [0.5, 0.25, 0.125]).unwrap();
        let tables = Tables {
            measurements: frame.clone(),
            history: frame.clone(),
            layers: frame.clone(),
            classes: Some(frame),
            scan: None,
        };
        let dir = tempfile::tempdir().unwrap();
        let files = tables.files().unwrap();
        for (name, bytes) in &files {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        (dir, Digests::of(&files))
    }

    #[test]
    fn a_table_with_any_other_byte_is_refused() {
        let (dir, digests) = written();
        let path = dir.path().join(HISTORY);
        assert!(Tables::read(dir.path(), &digests).is_ok());
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        let said = Tables::read(dir.path(), &digests).unwrap_err().to_string();
        let expected = "was changed after it was written, or writing the results was interrupted: it does not match its digest in record.json; `niwaki report FILE` \
                        makes it again";
        assert_eq!(said, format!("{}: {expected}", path.display()));
    }

    #[test]
    fn a_table_as_text_with_another_number_is_refused_and_may_be_missing() {
        let (dir, digests) = written();
        let path = dir.path().join(MEASUREMENTS_CSV);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("0.25", "0.75")).unwrap();
        assert_eq!(Tables::read(dir.path(), &digests).unwrap_err().path, path);
        fs::remove_file(&path).unwrap();
        assert!(Tables::read(dir.path(), &digests).is_ok());
    }

    // Without digests, as in records of earlier versions.
    #[test]
    fn a_table_that_is_cut_or_blank_is_an_error_that_names_it() {
        let (dir, _) = written();
        let path = dir.path().join(HISTORY);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let blank = [&whole[..at], &vec![0; whole.len() - at]].concat();
            for damaged in [&whole[..at], &blank] {
                fs::write(&path, damaged).unwrap();
                let error = Tables::read(dir.path(), &Digests::default()).unwrap_err();
                assert_eq!(error.path, path);
            }
        }
    }

    #[test]
    fn what_is_no_regular_file_is_not_opened() {
        let (dir, digests) = written();
        let path = dir.path().join(HISTORY);
        fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let said = Tables::read(dir.path(), &digests).unwrap_err().to_string();
        assert_eq!(said, format!("{}: is not a regular file", path.display()));
    }
}
