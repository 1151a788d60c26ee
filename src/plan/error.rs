//! What keeps an experiment without mistakes from being planned.

use crate::model::GraphError;
use crate::train::RetrainingError;

/// Each names the stage it is about.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("{section}: {source}")]
    Section { section: String, source: serde_json::Error },
    #[error("stage.{stage}: {source}")]
    Network { stage: String, source: GraphError },
    #[error("stage.{0} needs itself, through the stages it comes from or is taught by")]
    Cycle(String),
    #[error("stage.{stage}.prune.recover: {source}; {}", .source.help())]
    Retraining { stage: String, source: RetrainingError },
    #[error(
        "`backend` cannot be an axis: an experiment runs on one backend; run it once for each with `--backend`"
    )]
    Backend,
}
