//! What was asked for, as it was written.

/// What pruning was asked for by the end of a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Requested {
    /// The quantity, by the name that [`Target`](super::Target) has in an experiment.
    pub target: &'static str,
    /// How much of it: a share of the weights of the layers that the stage prunes, a share of the original's
    /// parameters or MACs, or a threshold. `None` where it follows from what an earlier stage left, which is not
    /// known before it has run.
    pub value: Option<f64>,
}
