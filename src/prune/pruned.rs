//! What pruning gives.

use super::{Masks, ScanPoint};
use crate::model::{Slice, Trained};

/// A pruned network, with zeros where its weights are masked.
#[derive(Clone, Debug, PartialEq)]
pub struct Pruned {
    pub network: Trained,
    pub masks: Masks,
    /// Which weights of the network before are left; all, where weights were masked alone.
    pub slice: Slice,
    /// What was measured to divide the request among the layers; empty where nothing was.
    pub scan: Vec<ScanPoint>,
}
