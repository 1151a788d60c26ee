//! The tables as files.

use super::Tables;
use polars::prelude::{
    CsvWriter, DataFrame, ParquetReader, ParquetWriter, PolarsError, PolarsResult, SerReader, SerWriter,
};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A table that could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct TablesError {
    pub path: PathBuf,
    pub problem: String,
}

const MEASUREMENTS: &str = "measurements.parquet";
const MEASUREMENTS_CSV: &str = "measurements.csv";
const HISTORY: &str = "history.parquet";
const LAYERS: &str = "layers.parquet";

impl Tables {
    /// The names of all files.
    pub const FILES: [&str; 4] = [MEASUREMENTS, MEASUREMENTS_CSV, HISTORY, LAYERS];

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
        Ok(vec![
            parquet(MEASUREMENTS, &self.measurements)?,
            file(MEASUREMENTS_CSV, &|bytes| CsvWriter::new(bytes).finish(&mut self.measurements.clone()))?,
            parquet(HISTORY, &self.history)?,
            parquet(LAYERS, &self.layers)?,
        ])
    }

    /// Reads the tables in `dir`.
    pub fn read(dir: &Path) -> Result<Self, TablesError> {
        let read = |name: &str| {
            let path = dir.join(name);
            let frame = File::open(&path)
                .map_err(PolarsError::from)
                .and_then(|file| ParquetReader::new(file).finish());
            frame.map_err(|error| TablesError { path, problem: error.to_string() })
        };
        Ok(Self { measurements: read(MEASUREMENTS)?, history: read(HISTORY)?, layers: read(LAYERS)? })
    }
}
