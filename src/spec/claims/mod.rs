//! The claims of an experiment: what is wrong with them, and which networks of the sweep they are about.

mod conditions;
mod expectation;
mod plan;
mod planned;
mod reach;
mod resolve;

pub(super) use plan::claims;
pub use planned::{Cell, PlannedClaim, Subject};
