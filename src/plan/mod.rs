//! From an experiment to the smallest set of trainings that answers it: [`Plan`].
//!
//! [`plan`] goes over the points of the sweep. At each it types the sections of the experiment, resolves
//! what stages refer to, and asks [`stage`] for the nodes; a node whose key is there already is shared.

mod apart;
mod build;
mod claimed;
mod context;
mod cost;
mod error;
mod few_sparsities;
mod key;
mod label;
mod memory;
mod names;
mod node;
mod nodes;
mod order;
mod planned;
mod relevance;
mod round;
mod rounds;
mod sample;
mod search;
mod sections;
mod stage;
mod taps;
mod teacher_outputs;
#[cfg(test)]
pub(crate) mod testing;
mod trial;
mod undrawn;
mod uneven;
mod unheard;
mod unmeasured;

pub use apart::{apart, distinct};
pub use build::plan;
pub use context::Fingerprints;
pub use error::PlanError;
pub use few_sparsities::few_sparsities;
pub use key::Key;
pub use label::{label, short_keys};
pub use names::Names;
pub use node::{Node, NodeId, Origin, Work};
pub use planned::Plan;
pub use relevance::relevant_axes;
pub use round::{Recovery, Rewind, Round};
pub use rounds::Rounds;
pub use search::{Candidates, Search};
pub use teacher_outputs::{KeptOutputs, TeacherPasses};
pub use trial::{StageRounds, Trial};
pub use undrawn::undrawn;
pub use uneven::uneven_curves;
pub use unheard::unheard_teachers;
