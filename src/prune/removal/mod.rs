//! Removal: units of which the network gets smaller, and not only sparser. One file each: the units of a
//! granularity, and what the network is without some of them.
//!
//! Channels and blocks go one after the other, the least important first, until what the round asks for is met.
//! With a channel goes a part of its neighbours, so what is left is counted anew after each ([`counts`]).

mod blocks;
mod channels;
mod counts;
mod kind;
mod limits;
mod passes;
mod reach;
mod removable;
mod scoring;
mod tally;

pub(super) use kind::Removal;
pub use limits::ChannelLimits;
pub(super) use passes::remove_in_passes;
pub(super) use removable::Removable;
pub(super) use scoring::{ScoredBy, UnitScoring};

#[cfg(test)]
mod tests;
