//! What an importance depends on.

/// What the scores depend on besides the weights and the round's draws: so much must be in the key of a
/// pruned network, and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing else.
    Weights,
    /// What nodes of the network give on training batches, so the batch size too.
    Activations,
    /// The loss on training batches, its gradient or products with its Hessian, so the batch size, the mix of
    /// losses and the teacher too.
    Loss,
}

impl Needs {
    /// Whether training batches are looked at.
    pub fn batches(self) -> bool {
        match self {
            Self::Weights => false,
            Self::Activations | Self::Loss => true,
        }
    }

    /// Whether the loss is looked at.
    pub fn loss(self) -> bool {
        match self {
            Self::Weights | Self::Activations => false,
            Self::Loss => true,
        }
    }
}
