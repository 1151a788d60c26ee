//! Taps: where a loss looks inside student and teacher, and what makes the two comparable.

mod adapter;
mod connection;
mod error;
pub mod layers;
mod pairing;
mod pool;
mod resample;

pub use adapter::{Adapter, BesideArray, Initial};
pub use connection::{Connection, Matching, Pair, Sizes, maps};
pub use error::{TapError, TapProblem, Whose};
pub use pairing::{TapPair, Taps};
pub use pool::pool;
pub use resample::nearest;
