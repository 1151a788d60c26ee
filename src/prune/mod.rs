//! Which weights are removed: an importance scores them, a schedule says how many in each round, an
//! allocation says from which layers, and a mask keeps them at zero.
//!
//! The plan asks [`Allocation::request`] what each round wants, which needs nothing but names and sizes. The
//! run then calls [`prune`], which scores the network, selects units ([`Granularity`]) by their scores until
//! the [`Request`] is met, and applies the new [`Masks`]; channels and residual blocks are removed, and the network
//! gets smaller.

pub mod allocation;
pub mod importance;
pub mod regrow;
pub mod schedule;

mod aim;
mod asked;
mod bisection;
mod control;
mod cut;
mod error;
mod filter;
mod glob;
mod goal;
mod granularity;
mod limit;
mod mask;
mod masking;
mod masks;
mod normalizer;
mod pipeline;
mod pruned;
mod quantity;
mod rank;
mod reduction;
#[cfg(test)]
mod reference;
mod removal;
mod request;
mod requested;
mod scan;
mod select;
mod sparsity;
mod spread;
#[cfg(test)]
mod testing;
mod units;
mod way;

pub use aim::Aim;
pub use allocation::{Allocation, Ranking};
pub use asked::{AskedSparsity, Shortfall};
pub use bisection::Bisection;
pub use control::MaskControl;
pub use error::PruneError;
pub use filter::LayerFilter;
pub use granularity::Granularity;
pub use importance::{Importance, MovementSum, Needs, Scores, ScoringData};
pub use limit::{AccuracyDrop, Limit, LossRise, Verdict};
pub use mask::Mask;
pub use masking::{MaskChange, Masking};
pub use masks::{Masks, macs_nonzero};
pub use normalizer::Normalizer;
pub use pipeline::{Pruning, prune};
pub use pruned::Pruned;
pub use quantity::Quantity;
pub use reduction::Reduction;
pub use regrow::Regrow;
pub use removal::ChannelLimits;
pub use request::{Amount, Request};
pub use requested::Requested;
pub use scan::ScanPoint;
pub use schedule::Schedule;
pub use sparsity::{AccuracySearch, LeftShare, LossSearch, Sparsity, Target};
pub use spread::Spread;
pub use way::{Pace, Start, Way};
