//! Executes a plan: workers, the store and progress.

mod artifact;
mod calibrate;
mod events;
mod executor;
mod inputs;
mod panics;
mod progress;
mod scheduler;
mod store;
#[cfg(test)]
mod testing;
mod wanted;
mod work;
mod workers;

pub use artifact::{Artifact, Layer, Measurement, Summary};
pub use calibrate::{Calibration, calibrate};
pub use events::{Event, Reporter, Silent};
pub use executor::{Options, RunError, RunOutcome, run};
pub use inputs::Inputs;
pub use progress::reporter;
pub use store::{Lock, Store, StoreError};
pub use workers::default_workers;
