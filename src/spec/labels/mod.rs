//! `[labels]`: the words that a paper uses for the values of axes.

mod given;
mod read;
mod written;

pub use given::Labels;
pub(super) use read::read;
pub use written::WrittenLabels;
