//! `[sweep]`: which keys take several values, and the points that makes.

mod conflict;
mod exclude;
mod expand;
mod overridden;
mod points;
mod read;
mod written;

pub(super) use expand::{Expansion, expand};
pub(super) use overridden::override_axes;
pub use points::{Axis, Points};
pub use written::{Sample, Sweep};
pub(super) use written::{values_of, written_axes};
