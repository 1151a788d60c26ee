//! How long a network takes for a forward pass: measured in a step of its own after the trainings, and kept beside
//! the artifact.

mod gathered;
mod machine;
mod pass_times;
mod step;

pub use gathered::Latencies;
pub use machine::Machine;
pub use pass_times::{Effort, Latency, PassTimes};
pub use step::{LatencyOutcome, measure_latencies};
