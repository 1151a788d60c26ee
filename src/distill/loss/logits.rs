//! Mean squared error between logits.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
/// The term's weight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Logits(#[schemars(range(min = 0.0))] pub f64);
