//! Which weights go: importance scores them, a schedule says how many each round, an allocation says
//! from where, and a mask keeps them gone.
//!
//! The plan asks [`Allocation::request`] what each round wants, which needs nothing but names and sizes.
//! The run then scores the network ([`Importance::scores`]), turns scores and [`Request`] into new
//! [`Masks`] ([`select`]), and applies them.

pub mod allocation;
pub mod importance;
pub mod schedule;

mod filter;
mod glob;
mod granularity;
mod mask;
mod request;
mod requested;
mod select;
mod sparsity;

pub use allocation::Allocation;
pub use filter::LayerFilter;
pub use granularity::Granularity;
pub use importance::{Importance, Scores, Subject};
pub use mask::{Masks, macs_nonzero};
pub use request::{Request, Step};
pub use requested::Requested;
pub use schedule::Schedule;
pub use select::{SelectError, select};
pub use sparsity::{Sparsity, Target};
