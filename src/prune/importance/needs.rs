//! What an importance depends on.

/// What the scores depend on besides the weights and the round's draws: so much must be in the key of a
/// pruned network, and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing else.
    Weights,
    /// Training batches, so the batch size too.
    Images,
    /// The loss on training batches or its gradient, so the batch size, the mix of losses and the teacher too.
    Loss,
}

impl Needs {
    /// Whether the loss on training batches is looked at.
    pub fn loss(self) -> bool {
        match self {
            Self::Weights | Self::Images => false,
            Self::Loss => true,
        }
    }

    /// Whether training batches are looked at.
    pub fn batches(self) -> bool {
        match self {
            Self::Weights => false,
            Self::Images | Self::Loss => true,
        }
    }
}
