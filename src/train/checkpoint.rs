//! The state of a training after some step: enough to go on exactly as it would have.

use crate::model::{Array, Trained};
use crate::prune::Masks;
use indexmap::IndexMap;

/// Network, masks and optimizer state after `step` steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub step: u64,
    /// Its masked weights are zero.
    pub network: Trained,
    pub masks: Masks,
    /// Optimizer state by name, `momentum_buffer.fc1.weight`; empty before the first step.
    pub optimizer: IndexMap<String, Array>,
    /// The step at which the optimizer state was empty: bias corrections count from it.
    pub fresh_at: u64,
}

impl Checkpoint {
    /// The start of a training of `network`, with every weight kept and no optimizer state.
    pub fn start(network: Trained) -> Self {
        Self { step: 0, network, masks: Masks::default(), optimizer: IndexMap::new(), fresh_at: 0 }
    }

    /// The same network as the start of a training from step `step` on, with an empty optimizer state.
    pub fn afresh(self, step: u64) -> Self {
        Self { step, optimizer: IndexMap::new(), fresh_at: step, ..self }
    }

    /// The same with these masks: masked weights become zero.
    pub fn masked(self, masks: Masks) -> Self {
        let (graph, mut weights) = self.network.into_parts();
        masks.apply(&mut weights);
        let network = Trained::new(graph, weights).expect("masks change no shape");
        Self { network, masks, ..self }
    }
}
