//! Tables, rebuilt from the store at any time, and the record that goes with them.

mod columns;
mod files;
mod record;
mod tables;

pub use files::TablesError;
pub use record::{DataFacts, Failure, NetworkFacts, Record, StageFacts};
pub use tables::Tables;
