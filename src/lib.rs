//! Niwaki runs neural-network pruning and distillation experiments that are written down, not
//! programmed.
//!
//! Everything flows one way:
//!
//! ```text
//! TOML → spec → plan → run → store → results → report
//! ```
//!
//! [`spec`] is what the user wrote, typed and checked. [`plan`] is the smallest set of trainings that
//! answers it. [`run`] executes that set on a Burn [`backend`] and keeps what each training leaves.
//! [`results`] are tables made from what was kept, and [`report`] draws them. The components that do
//! the work, [`data`], [`model`], [`prune`], [`distill`], [`train`], [`kernel`] and [`cpu`], know nothing of
//! plans or command lines.

pub mod backend;
pub mod cli;
pub mod cpu;
pub mod data;
pub mod distill;
pub mod draw;
mod durable;
mod format;
#[cfg(test)]
mod golden;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod kernel;
pub mod math;
pub mod model;
mod output;
mod panics;
pub mod plan;
pub mod prune;
mod real;
#[cfg(test)]
mod reference;
mod regular_file;
pub mod report;
pub mod results;
pub mod run;
pub mod spec;
pub mod train;
