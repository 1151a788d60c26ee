//! One point of the sweep.

use super::NodeId;

/// The experiment with every axis fixed, the seed included.
#[derive(Clone, Debug)]
pub struct Trial {
    pub seed: u64,
    /// Index of the value each axis takes.
    pub point: Box<[u32]>,
    /// In the order of the plan's `stages`.
    pub stages: Vec<StageRounds>,
}

/// The nodes of one stage of one trial: a training, or every round in order.
#[derive(Clone, Debug)]
pub struct StageRounds {
    pub nodes: Vec<NodeId>,
}
