//! What keeps a network from being pruned.

use super::Quantity;

/// Why a network cannot be pruned as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PruneError {
    #[error(
        "the importance of weight {index} of layer `{layer}` is not a number, \
         so it cannot be said which weights matter least; the network or its gradient has diverged"
    )]
    NotANumber { layer: String, index: usize },
    #[error("at most {left} {quantity} shall be left, but {fixed} cannot be pruned by this stage")]
    OutOfReach { quantity: Quantity, left: u64, fixed: u64 },
    #[error(
        "the product of the absolute weights of all layers is too large for 32-bit numbers, \
         so synaptic flow cannot be told; use another importance"
    )]
    Overflow,
    #[error(
        "the validation loss of {of} is not a finite number, so the layers cannot be compared by it; \
         it has diverged, or the scan should leave out such sparsities"
    )]
    NoLoss { of: String },
    #[error("interrupted")]
    Interrupted,
}
