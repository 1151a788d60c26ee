//! Tables, rebuilt from the store at any time, the record that goes with them, and what they say over seeds.

mod agreement;
pub mod claims;
mod columns;
pub mod comparisons;
pub mod costs;
pub mod curves;
mod derived;
mod digests;
mod ended_early;
mod facts;
mod files;
mod folder;
mod frame;
mod host;
mod measurements;
pub mod methods;
mod missing;
mod needs;
mod program;
mod provenance;
mod put;
mod record;
mod rows;
mod session;
mod setting_hours;
mod settings;
pub mod statistics;
pub mod summary;
mod table_columns;
mod tables;
mod trained_by;
mod warnings;

pub use agreement::{
    Circumstance, ColumnDifference, Comparison, ComparisonError, MeanDifference, Promise, TableComparison,
    circumstances,
};
pub use columns::{Column, Format, IDENTITY, MEASURED, TIMED};
pub use derived::Derived;
pub use digests::Digests;
pub use facts::{DataFacts, NetworkFacts, StageFacts, Taught};
pub use files::TablesError;
pub use folder::{Folder, FolderError};
pub use host::Host;
pub use measurements::{MeasuredStage, Measurements, MeasurementsError, Numbers, SweptAxis, estimate};
pub use missing::Missing;
pub use program::Program;
pub use provenance::Provenance;
pub(crate) use put::put;
pub use record::Record;
pub use session::{Session, now};
pub use settings::{ProbeRow, SeedRow, Setting};
pub use statistics::Estimate;
pub use table_columns::TableColumn;
pub use tables::Tables;
pub use trained_by::TrainedBy;
