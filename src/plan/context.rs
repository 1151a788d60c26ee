//! What holds for all stages at a point of the sweep.

use super::key::DataKey;
use crate::backend::BackendKind;
use crate::data::{Data, Fingerprint, Source, held_out};
use crate::train::{Settings, Training};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What holds for all stages at a point.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub backend: BackendKind,
    pub seed: u64,
    pub data: Arc<Data>,
    pub key: Arc<DataKey>,
    /// Images that train.
    pub train: usize,
    /// Images that validate.
    pub validation: usize,
}

/// Fingerprints of the data that an experiment uses; `None` for what is not there.
#[derive(Clone, Debug)]
pub struct Fingerprints(BTreeMap<String, Option<Fingerprint>>);

impl Fingerprints {
    /// Whether the bytes of all data were there; if not, keys are good for counting only, and nothing can be found in
    /// the store or run.
    pub fn are_known(&self) -> bool {
        self.0.values().all(Option::is_some)
    }

    pub fn of(&self, source: &Source) -> Option<Fingerprint> {
        self.0.get(&name(source)).copied().flatten()
    }
}

/// Tells it from all others.
fn name(source: &Source) -> String {
    format!("{source:?}")
}

/// Fingerprints of the data, each asked for once.
pub(super) struct Contexts<'a> {
    fingerprint: &'a dyn Fn(&Source) -> Option<Fingerprint>,
    known: BTreeMap<String, Option<Fingerprint>>,
}

impl<'a> Contexts<'a> {
    pub fn new(fingerprint: &'a dyn Fn(&Source) -> Option<Fingerprint>) -> Self {
        Self { fingerprint, known: BTreeMap::new() }
    }

    /// What was found of all sources that were asked for.
    pub fn fingerprints(self) -> Fingerprints {
        Fingerprints(self.known)
    }

    pub fn of(&mut self, backend: BackendKind, seed: u64, data: Arc<Data>) -> Context {
        let known = self.known.entry(name(&data.source));
        let fingerprint = *known.or_insert_with(|| (self.fingerprint)(&data.source));
        let total = data.source.shape().train;
        let validation = held_out(total, data.validation);
        let key = Arc::new(DataKey {
            fingerprint: fingerprint.map(|fingerprint| fingerprint.to_string()),
            validation: data.validation,
            augment: data.augment.clone(),
        });
        Context { backend, seed, data, key, train: total - validation, validation }
    }
}

impl Context {
    /// `settings` with nothing left open, for this data.
    pub fn resolve(&self, settings: &Settings) -> Training {
        settings.resolve(self.train, self.validation)
    }
}
