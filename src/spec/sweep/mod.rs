//! `[sweep]`: which keys take several values, and the points that makes.

mod conflict;
mod exclude;
mod expand;
mod points;
mod read;
mod written;

pub(super) use expand::{Expansion, expand};
pub use points::{Axis, Points};
pub use written::{Sample, Sweep};
