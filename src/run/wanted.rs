//! What a node must have left in the store to count as done.

use super::{Store, StoreError, Summary};
use crate::plan::{Key, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// For each training that others rewind to, the steps after which they want its checkpoint. Step 0 needs
/// no checkpoint: initial weights are drawn again.
#[derive(Debug)]
pub(super) struct Wanted(BTreeMap<Key, BTreeSet<u64>>);

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

    /// The summary of node `key`, if it and all its wanted checkpoints are in `store`, and whole.
    pub fn finished(&self, store: &Store, key: Key) -> Result<Option<Summary>, StoreError> {
        let Some(summary) = store.verify(key)? else { return Ok(None) };
        for step in self.checkpoints(key) {
            if store.checkpoint(key, step)?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(summary))
    }
}
