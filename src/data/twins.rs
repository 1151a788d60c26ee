//! MNIST and Fashion-MNIST told apart: their files have the same names and sizes.

use super::{DataError, Dataset, Problem};
use std::path::Path;

/// One of the data sets that could be taken for each other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Twin {
    name: &'static str,
    /// As it is written in an experiment.
    source: &'static str,
    /// How its training labels begin.
    pub first_labels: [u16; 16],
}

pub(super) const MNIST: Twin =
    Twin { name: "MNIST", source: "mnist", first_labels: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7] };

pub(super) const FASHION_MNIST: Twin = Twin {
    name: "Fashion-MNIST",
    source: "fashion-mnist",
    first_labels: [9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9],
};

impl Twin {
    /// Refuses a data set, read from `dir`, that is the other one.
    pub fn check(&self, dataset: &Dataset, dir: &Path) -> Result<(), DataError> {
        let is_other =
            |other: &&Twin| *other != self && dataset.train.labels.starts_with(&other.first_labels);
        let Some(found) = [&MNIST, &FASHION_MNIST].into_iter().find(is_other) else { return Ok(()) };
        let help = format!("write `source.{}`, or let `dir` name {}'s files", found.source, self.name);
        Err(DataError::at(dir, help)(Problem::AnotherSource { found: found.name, expected: self.name }))
    }
}
