//! `record.json`: what was run, and how it went: all that a report needs besides the tables.

use crate::kernel::BackendKind;
use crate::plan::Plan;
use crate::spec::Chart;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// Version of the program.
    pub niwaki: String,
    pub name: String,
    pub title: String,
    pub question: Option<String>,
    pub backend: BackendKind,
    /// Dotted key and values of every axis.
    pub axes: Vec<(String, Vec<serde_json::Value>)>,
    /// Stage names in the order in which they build on each other.
    pub stages: Vec<String>,
    pub charts: Vec<Chart>,
    /// The written experiment, merged, without the sweep.
    pub experiment: serde_json::Value,
    pub data: Vec<DataFacts>,
    pub networks: Vec<NetworkFacts>,
    pub trials: u64,
    pub nodes: u64,
    /// Trials that are not finished, and why.
    pub failures: Vec<Failure>,
    /// Layers that pruning left with nothing, damaged artifacts that were made again, and the like.
    pub warnings: Vec<String>,
}

/// One data set the trials used, after the split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DataFacts {
    pub source: String,
    pub image: [usize; 3],
    pub classes: usize,
    pub train: usize,
    pub validation: usize,
    pub test: usize,
}

/// One network that a stage trains or prunes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NetworkFacts {
    pub stage: String,
    /// The model as written, for people: `mlp(hidden=[300, 100])`.
    pub model: String,
    pub parameters: u64,
    pub prunable: u64,
    pub macs: u64,
}

/// A trial without all of its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failure {
    pub trial: u64,
    pub stage: String,
    pub round: u32,
    pub error: String,
}

impl Record {
    pub fn new(plan: &Plan, failures: Vec<Failure>, warnings: Vec<String>) -> Self {
        let _ = (plan, failures, warnings);
        todo!()
    }
}
