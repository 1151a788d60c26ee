//! The activation that a kernel applies to its results before it writes them.

/// Applied to every value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    Identity,
    Relu,
}
