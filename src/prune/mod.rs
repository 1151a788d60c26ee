//! Which weights go: importance scores them, a schedule says how many each round, an allocation says
//! from where, and a mask keeps them gone.

pub mod allocation;
pub mod importance;
pub mod schedule;

mod filter;
mod granularity;
mod mask;
mod select;
mod sparsity;

pub use allocation::{Allocation, Request, Step};
pub use filter::LayerFilter;
pub use granularity::Granularity;
pub use importance::{Importance, Scores, Subject};
pub use mask::Masks;
pub use schedule::Schedule;
pub use select::select;
pub use sparsity::{Sparsity, Target};
