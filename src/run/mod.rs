//! Executes a plan: workers, the store, progress, and the one place where a backend is chosen.

mod artifact;
mod store;

pub use artifact::{Artifact, Layer, Measurement, Summary};
pub use store::{Lock, Store, StoreError};
