//! Taps: where a loss looks inside student and teacher, and what makes the two comparable.

mod adapter;
mod connection;
mod error;
mod pairing;
mod pool;

pub use adapter::{Adapter, Initial, TrainedArray};
pub use connection::{Connection, Matching, Pair, maps};
pub use error::{TapError, TapProblem, Whose};
pub use pairing::{TapPair, Taps};
pub use pool::pool;
