//! From an experiment to the smallest set of trainings that answers it: [`Plan`].

mod build;
mod cost;
mod error;
mod key;
mod label;
mod names;
mod node;
mod relevance;
mod sections;
mod stage;
mod trial;

pub use build::plan;
pub use error::PlanError;
pub use key::Key;
pub use label::{label, short_keys};
pub use names::Names;
pub use node::{Network, Node, NodeId, Recovery, Rewind, Round, Work};
pub use relevance::relevant_axes;
pub use trial::{StageRounds, Trial};

use crate::backend::BackendKind;
use crate::spec::{Axis, Chart};

/// What will be run: the trials of the sweep, and the graph of nodes they share.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment's name: its results directory.
    pub name: String,
    pub title: String,
    pub question: Option<String>,
    pub backend: BackendKind,
    pub axes: Vec<Axis>,
    /// Stage names in the order in which they build on each other.
    pub stages: Vec<String>,
    pub trials: Vec<Trial>,
    /// In an order in which every node comes after those it needs.
    pub nodes: Vec<Node>,
    /// Whether the bytes of all data were there to be fingerprinted; if not, keys are good for counting
    /// only, and nothing can be found in the store or run.
    pub fingerprinted: bool,
    pub charts: Vec<Chart>,
    /// The written experiment as JSON (merged, without the sweep), for the record and the report.
    pub experiment: serde_json::Value,
}
