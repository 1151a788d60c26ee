//! Rules by which layers lose weights together.

use serde::Serialize;

/// A rule that divides what shall be left of all layers among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    Uniform,
    UniformPlus,
    Erk,
}
