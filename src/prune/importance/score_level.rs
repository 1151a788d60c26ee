//! What an importance gives scores to.

/// What has a score of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prune) enum ScoreLevel {
    /// Each weight.
    Weights,
    /// Each output channel, as a whole: its score is that of the weights that give it, and those that take it have the
    /// scores of other channels.
    Outputs,
    /// Each unit, as a whole: all weights of it have one score.
    Units,
}
