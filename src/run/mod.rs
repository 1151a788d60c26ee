//! Executes a plan: workers, the store and progress.

mod artifact;
mod calibrate;
mod error;
mod estimate;
mod events;
mod executor;
mod inputs;
mod inventory;
mod latency;
mod memory;
mod node_error;
mod progress;
mod scheduler;
mod search_log;
mod store;
#[cfg(test)]
pub(crate) mod testing;
mod tried;
mod wanted;
mod work;
mod worker_pool;
mod workers;

pub use artifact::{Artifact, Course, Layer, Measurement, Summary};
pub use calibrate::calibrate;
pub use error::RunError;
pub use estimate::Calibration;
pub use events::{Event, Reporter, Silent};
pub use executor::{Options, RunOutcome, run};
pub use inputs::Inputs;
pub use latency::{Effort, Latencies, Latency, LatencyOutcome, Machine, PassTimes, measure_latencies};
pub use memory::{TooLarge, check_memory, memory_of_machine};
pub use node_error::NodeError;
pub use progress::{TimingBar, reporter};
pub use search_log::{Probe, ProbeOutcome, ProbeScore, SearchLog};
pub use store::{ComputedBy, Holder, Lock, Locked, Store, StoreError, lock_results};
pub use tried::Tried;
pub use workers::workers;
