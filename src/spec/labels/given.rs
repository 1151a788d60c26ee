//! The labels of an experiment's axes, each with the value that it is given to.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What values are called, by the dotted keys of their axes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(BTreeMap<String, Vec<(Value, String)>>);

impl Labels {
    /// Calls the values of the axis `axis` by the labels beside them.
    pub(super) fn give(&mut self, axis: String, labelled: Vec<(Value, String)>) {
        self.0.insert(axis, labelled);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What `value` of the axis `axis` is called; `None` where it has no label.
    pub fn of(&self, axis: &str, value: &Value) -> Option<&str> {
        let mut labelled = self.0.get(axis)?.iter();
        labelled.find(|(known, _)| known == value).map(|(_, label)| label.as_str())
    }

    /// All labels.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.values().flatten().map(|(_, label)| label.as_str())
    }
}
