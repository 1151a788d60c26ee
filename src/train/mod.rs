//! One training, from initial (or given) weights to the network that `keep` chose.

mod checkpoint;
mod duration;
mod evaluation;
mod evaluator;
mod history;
#[cfg(test)]
mod instruction_sets;
mod keep;
mod lineage;
mod lr_schedule;
mod optimizer;
mod optimizer_state;
mod outcome;
mod peers;
mod penalizer;
mod penalty;
mod pretraining;
mod recalibrate;
mod recovery_budget;
mod recovery_weights;
mod settings;
mod stepper;
mod training;
mod training_loop;

pub use checkpoint::Checkpoint;
pub use duration::Duration;
pub use evaluation::{
    BesideTeacher, ClassCount, EVALUATION_BATCH, Quality, evaluate, evaluate_logits, evaluate_splits,
};
pub use history::Evaluation;
pub use keep::Keep;
pub use lineage::{Continuation, Lineage, Retraining, RetrainingError};
pub use lr_schedule::{Cosine, LrSchedule, MultiStep};
pub use optimizer::{Adam, AdamW, Optimizer, Sgd};
pub use optimizer_state::OptimizerState;
pub use outcome::{Outcome, TrainError};
pub(crate) use peers::PeerSteppers;
pub use penalty::{GrowingL2, Penalty};
pub(crate) use pretraining::pretraining_step;
pub use recalibrate::Recalibrate;
pub use recovery_budget::{RecoveryBudget, Stretch};
pub use recovery_weights::RecoveryWeights;
pub use settings::Settings;
pub(crate) use settings::with_training_settings;
pub(crate) use stepper::Stepper;
pub use training::Training;
pub use training_loop::{Control, Job, Progress, RoundJob, checkpoints, train};
