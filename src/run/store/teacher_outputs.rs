//! What teachers say of all training images: a pair of files under a key of its own.

use super::pair::{Pair, Whole};
use super::{ComputedBy, StoreError, arrays};
use crate::model::Array;
use serde::{Deserialize, Serialize};

/// What the `.json` says of the logits beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct OutputsFacts {
    /// BLAKE3 of the `.safetensors` whose network was run.
    teacher: String,
}

/// The logits of `pair`, checked against their digests; `None` where there are none of the network whose arrays have
/// the digest `teacher`.
pub(super) fn read(pair: &Pair<'_>, teacher: &str) -> Result<Option<Array>, StoreError> {
    let Some(Whole { content, arrays, .. }) = pair.read::<OutputsFacts>()? else { return Ok(None) };
    if content.teacher != teacher {
        return Ok(None);
    }
    let logits = arrays::to_outputs(&arrays);
    let damaged = |problem| StoreError::Damaged { path: pair.safetensors(), problem };
    logits.map(Some).map_err(damaged)
}

/// Stores durably what the network whose arrays have the digest `teacher` says.
pub(super) fn write(
    pair: &Pair<'_>,
    teacher: String,
    logits: &Array,
    computed_by: &ComputedBy,
) -> Result<(), StoreError> {
    let bytes = arrays::of_outputs(logits);
    let bytes = bytes.map_err(|problem| StoreError::Unstorable { path: pair.safetensors(), problem })?;
    pair.write(OutputsFacts { teacher }, &bytes, computed_by)
}
