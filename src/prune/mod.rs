//! Which weights are removed: an importance scores them, a schedule says how many in each round, an
//! allocation says from which layers, and a mask keeps them at zero.
//!
//! The plan asks [`Allocation::request`] what each round wants, which needs nothing but names and sizes. The
//! run then calls [`prune`], which scores the network, selects units ([`Granularity`]) by their scores until
//! the [`Request`] is met, and applies the new [`Masks`].

pub mod allocation;
pub mod importance;
pub mod schedule;

mod asked;
mod cut;
mod error;
mod filter;
mod glob;
mod goal;
mod granularity;
mod mask;
mod masks;
mod normalizer;
mod pipeline;
mod quantity;
mod rank;
mod reduction;
#[cfg(test)]
mod reference;
mod request;
mod requested;
mod select;
mod sparsity;
#[cfg(test)]
mod testing;
mod units;

pub use allocation::Allocation;
pub use asked::{AskedSparsity, Shortfall};
pub use error::PruneError;
pub use filter::LayerFilter;
pub use granularity::Granularity;
pub use importance::{Importance, Needs, Scores, ScoringData};
pub use mask::Mask;
pub use masks::{Masks, macs_nonzero};
pub use normalizer::Normalizer;
pub use pipeline::{Pruned, Pruning, prune};
pub use quantity::Quantity;
pub use reduction::Reduction;
pub use request::{Amount, Request};
pub use requested::Requested;
pub use schedule::Schedule;
pub use sparsity::{Sparsity, Target};
