//! One training, from initial (or given) weights to the network that `keep` chose.

mod checkpoint;
mod duration;
mod evaluation;
mod keep;
mod lr_schedule;
mod optimizer;
mod settings;
mod training_loop;

pub use checkpoint::Checkpoint;
pub use duration::Duration;
pub use evaluation::{Quality, evaluate};
pub use keep::Keep;
pub use lr_schedule::LrSchedule;
pub use optimizer::Optimizer;
pub use settings::{Settings, Training};
pub use training_loop::{Control, Evaluation, Job, Outcome, Progress, TrainError, train};
