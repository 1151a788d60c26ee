//! What was asked for, as it was written.

/// What pruning was asked for by the end of a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Requested {
    /// The quantity, by the name that [`Target`](super::Target) has in an experiment.
    pub target: &'static str,
    /// How much of it, in the layers that the stage prunes.
    pub value: f64,
}

impl Requested {
    pub fn sparsity(value: f64) -> Self {
        Self { target: "sparsity", value }
    }
}
