//! What nodes do: one file a kind of work.
//!
//! [`Runner`] makes nodes on a backend and keeps what they leave. A kind of work says where its training
//! starts from ([`train`], [`round`]), with what nodes [`upstream`] left, or what it makes of the nodes that it
//! obtains ([`search`]); [`measure`] says what came out.

mod failure;
mod measure;
mod round;
mod runner;
mod search;
mod start;
mod train;
mod upstream;

pub(super) use failure::Failure;
pub(super) use runner::{Attempt, Reuse, Runner};
