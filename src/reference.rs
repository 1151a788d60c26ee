//! Values of other implementations, under `tests/reference` with the scripts that make them.

use crate::model::{Array, Graph, Trained, Weights};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// A reference file.
pub(crate) struct Reference(Value);

impl Reference {
    /// What `channels.py` wrote.
    pub fn channels() -> Self {
        Self(serde_json::from_str(include_str!("../tests/reference/channels.json")).unwrap())
    }

    /// What is at `path`, as `/scores/wanda/conv1`.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let found = self.0.pointer(path).unwrap_or_else(|| panic!("nothing is at {path}"));
        serde_json::from_value(found.clone()).unwrap()
    }

    /// The names below `path`.
    pub fn names(&self, path: &str) -> Vec<String> {
        self.0.pointer(path).and_then(Value::as_object).unwrap().keys().cloned().collect()
    }

    /// The network that all values are of.
    pub fn network(&self) -> Trained {
        let graph = Arc::new(self.get::<Graph>("/graph"));
        let arrays = graph.slots().iter().map(|slot| {
            let values = self.get(&format!("/arrays/{}/values", slot.name));
            (slot.name.clone(), Array { shape: slot.shape.clone(), values })
        });
        let weights = Weights(arrays.collect());
        Trained::new(graph, weights).unwrap()
    }
}

/// Asserts that `found` is within 1e-4 of `expected`, relative to it or, where it is below `small`, to that.
#[track_caller]
pub(crate) fn assert_agree(what: &str, found: &[f32], expected: &[f64], small: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let near = (f64::from(found) - expected).abs() <= 1e-4 * expected.abs().max(small);
        assert!(near, "{what}, {index}: {found} is not {expected}");
    }
}
