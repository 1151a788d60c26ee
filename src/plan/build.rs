//! Builds the plan.
use super::Plan;
use crate::data::Fingerprint;
use crate::spec::Loaded;
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PlanError(pub String);
/// `fingerprint` gives that of a source's bytes; of a source that cannot be read it gives `None`, and
/// then keys are only good for counting.
pub fn plan(
    loaded: &Loaded,
    fingerprint: &dyn Fn(&crate::data::Source) -> Option<Fingerprint>,
) -> Result<Plan, PlanError> {
    let _ = (loaded, fingerprint);
    todo!()
}
