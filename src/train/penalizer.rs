//! The penalty of one training, with what is chosen at its start.

use super::penalty::{Chosen, Penalty};
use crate::distill::Gradient;
use crate::kernel::Kernel;
use crate::model::Network;

/// The penalty of one training.
#[derive(Debug)]
pub(super) struct Penalizer<'a> {
    penalty: &'a Penalty,
    chosen: Chosen,
}

impl<'a> Penalizer<'a> {
    /// For a training that starts with `network`.
    pub fn new<B: Kernel>(penalty: &'a Penalty, network: &Network<B>) -> Self {
        Self { penalty, chosen: penalty.choose(network) }
    }

    /// Adds what it has for the weights of `network` in step `step` (from 0) to `gradient`.
    pub fn add<B: Kernel>(&self, network: &Network<B>, step: u64, gradient: &mut Gradient<B>) {
        self.penalty.add(&self.chosen, step, network, &mut gradient.arrays);
    }
}
