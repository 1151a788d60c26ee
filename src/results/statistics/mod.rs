//! Statistics over seeds: means and their uncertainty, and what tells two settings apart.
//!
//! Every number is of values that are one a seed; what is measured several times within a seed is averaged there first.

mod adjusted;
mod bootstrap;
mod estimate;
mod paired;
#[cfg(test)]
mod reference;
mod robust;
mod sign_flip;
mod student;
mod t_test;
mod unpaired;
mod wilson;

pub use adjusted::holm;
pub use bootstrap::bootstrap;
pub use estimate::Estimate;
pub use paired::Paired;
pub use robust::interquartile_mean;
pub use sign_flip::SignFlip;
pub(super) use student::{above, quantile, ratio};
pub use t_test::Test;
pub use unpaired::Unpaired;
pub(super) use unpaired::welch_error;
pub use wilson::wilson;
