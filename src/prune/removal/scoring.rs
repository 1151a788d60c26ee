//! How a unit that is removed is scored by scores of weights.

use crate::prune::{Normalizer, Reduction};

/// How a channel or a residual block is scored.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::prune) struct UnitScoring {
    pub reduction: Reduction,
    /// Of the channels that go together; blocks are compared as they are.
    pub normalization: Normalizer,
    pub by: ScoredBy,
}

/// Which of the weights that go with a channel score it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::prune) enum ScoredBy {
    /// All: those that give it, and those that take it.
    #[default]
    All,
    /// Those that give it.
    Giving,
}
