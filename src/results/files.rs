//! The tables as files: written whole or not at all.

use super::Tables;
use crate::durable;
use polars::prelude::{CsvWriter, ParquetReader, ParquetWriter, PolarsError, SerReader, SerWriter};
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
const HISTORY: &str = "history.parquet";
const LAYERS: &str = "layers.parquet";

impl Tables {
    /// Writes `measurements.parquet` and `.csv`, `history.parquet`, `layers.parquet` into `dir`.
    pub fn write(&self, dir: &Path) -> Result<(), TablesError> {
        for (name, frame) in
            [(MEASUREMENTS, &self.measurements), (HISTORY, &self.history), (LAYERS, &self.layers)]
        {
            let mut bytes = Vec::new();
            let written = ParquetWriter::new(&mut bytes).finish(&mut frame.clone()).map(|_| bytes);
            put(&dir.join(name), written)?;
        }
        let mut bytes = Vec::new();
        let written = CsvWriter::new(&mut bytes).finish(&mut self.measurements.clone()).map(|()| bytes);
        put(&dir.join("measurements.csv"), written)
    }

    /// Reads what [`Tables::write`] wrote.
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

fn put(path: &Path, bytes: Result<Vec<u8>, PolarsError>) -> Result<(), TablesError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let written = bytes.and_then(|bytes| {
        durable::create_directory(folder)?;
        Ok(durable::write(path, &bytes)?)
    });
    written.map_err(|error| TablesError { path: path.to_owned(), problem: error.to_string() })
}
