//! The teacher of one term.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The one of the training's teachers that this term looks at, by its stage (what all of them say together; with
/// several, a term of taps must name one).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct OwnTeacher(pub String);
