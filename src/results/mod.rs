//! Tables, rebuilt from the store at any time, and the record that goes with them.

mod record;
mod tables;

pub use record::{DataFacts, Failure, NetworkFacts, Record};
pub use tables::{Tables, TablesError};
