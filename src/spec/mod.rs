//! What the user wrote, typed and checked: [`Experiment`].
//!
//! No Burn here, and no IO but reading files. [`load`] merges the layers (defaults, `extends`, the
//! file, `--set`), checks all of it and gives either a [`Loaded`] experiment or every mistake at once
//! as [`Diagnostics`].

mod against;
mod baselines;
mod chart;
mod chart_axes;
mod check;
mod claim;
mod claims;
mod diagnostics;
mod experiment;
mod explain;
mod file;
mod labels;
mod layers;
mod merge;
mod normalize;
mod objective;
mod overlay;
mod references;
mod repeated;
mod schema;
mod schema_node;
mod set_stages;
mod source;
mod sources;
mod sweep;
mod syntax;
mod texts;
mod validate;
mod wording;
mod words;

pub use against::{Against, Published, WrittenCell};
pub use chart::{Chart, ChartKind, Scale};
pub use claim::{Claim, ClaimSeeds, Expect};
pub use claims::{Cell, PlannedClaim, Subject};
pub use diagnostics::{Colours, Diagnostic, Diagnostics, Place};
pub use experiment::{Experiment, Prune, Recover, Stage, Train};
pub use explain::{Choice, Explanation, explain};
pub use labels::Labels;
pub use layers::{Loaded, load};
pub use objective::Better;
pub use references::Reference;
pub use schema::json_schema;
pub use sweep::{Axis, Points, Sample, Sweep};
