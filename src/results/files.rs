//! The tables as files: written whole or not at all.

use super::Tables;
use polars::prelude::{
    CsvWriter, DataFrame, ParquetReader, ParquetWriter, PolarsError, SerReader, SerWriter,
};
use std::fs::{self, File};
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
        let parquet = |name: &str, frame: &DataFrame| {
            write(&dir.join(name), |file| ParquetWriter::new(file).finish(&mut frame.clone()).map(|_| ()))
        };
        parquet(MEASUREMENTS, &self.measurements)?;
        parquet(HISTORY, &self.history)?;
        parquet(LAYERS, &self.layers)?;
        write(&dir.join("measurements.csv"), |file| {
            CsvWriter::new(file).finish(&mut self.measurements.clone())
        })
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

/// Writes to a temporary name beside `path`, then renames.
fn write(path: &Path, content: impl FnOnce(&mut File) -> Result<(), PolarsError>) -> Result<(), TablesError> {
    let temporary = path.with_extension("tmp");
    let written =
        fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).and_then(|()| File::create(&temporary));
    let written = written.map_err(PolarsError::from).and_then(|mut file| {
        content(&mut file)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        Ok(())
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&temporary);
        TablesError { path: path.to_owned(), problem: error.to_string() }
    })
}
