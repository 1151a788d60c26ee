//! Data sets and their splits, each read once and shared by all workers.

use crate::data::{Data, DataError, Dataset, Fingerprint, Source, Splits};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A data set, or what kept it from being read.
type Read = Result<Arc<Dataset>, Arc<DataError>>;

/// What was read so far. What could not be read is remembered with its error.
#[derive(Debug, Default)]
pub struct Inputs {
    datasets: Mutex<BTreeMap<String, Read>>,
    splits: Mutex<BTreeMap<String, Arc<Splits>>>,
}

impl Inputs {
    /// Reads `source`, unless it was read before.
    pub fn dataset(&self, source: &Source) -> Read {
        let mut datasets = self.datasets.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || source.load().map(Arc::new).map_err(Arc::new);
        datasets.entry(format!("{source:?}")).or_insert_with(read).clone()
    }

    /// Fingerprint of `source`'s bytes; `None` where it cannot be read.
    pub fn fingerprint(&self, source: &Source) -> Option<Fingerprint> {
        self.dataset(source).ok().map(|dataset| dataset.fingerprint)
    }

    /// What kept a source from being read, for each that could not be.
    pub fn problems(&self) -> Vec<Arc<DataError>> {
        let datasets = self.datasets.lock().unwrap_or_else(PoisonError::into_inner);
        datasets.values().filter_map(|dataset| dataset.as_ref().err().cloned()).collect()
    }

    /// The splits of a trial.
    pub(super) fn splits(&self, data: &Data, seed: u64) -> Result<Arc<Splits>, Arc<DataError>> {
        let dataset = self.dataset(&data.source)?;
        let mut splits = self.splits.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("{:?} {} {seed}", data.source, data.validation);
        let divide = || Arc::new(Splits::new(dataset, data.validation, seed));
        Ok(Arc::clone(splits.entry(name).or_insert_with(divide)))
    }
}
