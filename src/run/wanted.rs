//! What a node must have left in the store to count as done.

use super::{Course, Measurement, Store, StoreError, Summary};
use crate::plan::{Key, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// For each training that others rewind to, the steps after which they want its checkpoint. Step 0 needs
/// no checkpoint: initial weights are drawn again.
#[derive(Debug)]
pub(super) struct Wanted(BTreeMap<Key, BTreeSet<u64>>);

/// What the store has of a node, all of it whole.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub course: Option<Course>,
    pub measurement: Option<Measurement>,
    /// Of a search, the numbers of what it tried.
    pub probes: Vec<Option<Summary>>,
    /// Steps whose checkpoints are wanted and not there, in order.
    pub missing: Vec<u64>,
}

impl Wanted {
    pub fn of(plan: &Plan) -> Self {
        let mut wanted: BTreeMap<Key, BTreeSet<u64>> = BTreeMap::new();
        for rewind in plan.nodes.values().filter_map(|node| node.rewind()) {
            if rewind.step > 0 {
                wanted.entry(rewind.root).or_default().insert(rewind.step);
            }
        }
        Self(wanted)
    }

    /// Steps after which checkpoints of node `key` are wanted, in order.
    pub fn checkpoints(&self, key: Key) -> Vec<u64> {
        self.0.get(&key).into_iter().flatten().copied().collect()
    }

    /// What `store` has of node `key`. A search lacks what it tried where some of that is not there or cannot be read:
    /// then it tries again, and whoever holds the lock of that looks at it.
    ///
    /// # Errors
    /// The first thing that is there and cannot be read.
    pub fn find(&self, store: &Store, key: Key) -> Result<Found, StoreError> {
        let Some((course, measurement)) = store.verify(key)? else { return Ok(Found::default()) };
        let Some(probes) = store.probes(course.search.as_ref()).ok().flatten() else {
            return Ok(Found::default());
        };
        let mut found = Found { course: Some(course), measurement, probes, missing: Vec::new() };
        for step in self.checkpoints(key) {
            if store.checkpoint(key, step)?.is_none() {
                found.missing.push(step);
            }
        }
        Ok(found)
    }
}
