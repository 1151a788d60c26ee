//! One training, from initial (or given) weights to the network that `keep` chose.

mod checkpoint;
mod duration;
mod evaluation;
mod history;
mod keep;
mod lr_schedule;
mod optimizer;
mod settings;
mod stepper;
mod training_loop;

pub use checkpoint::Checkpoint;
pub use duration::Duration;
pub use evaluation::{EVALUATION_BATCH, Quality, evaluate};
pub use history::Evaluation;
pub use keep::Keep;
pub use lr_schedule::{Cosine, LrSchedule, MultiStep};
pub use optimizer::{Adam, AdamW, Optimizer, Sgd};
pub use settings::{Settings, Training};
pub(crate) use stepper::Stepper;
pub use training_loop::{Control, Job, Outcome, Progress, TrainError, checkpoints, train};
