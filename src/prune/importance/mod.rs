//! How much each weight matters. One file each: settings, formula, tests.

use crate::data::Splits;
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::Network;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much each weight matters; the least important go first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Importance {
    /// |w|: large weights matter (Han et al., 2015).
    Magnitude,
    /// A uniform random number: the baseline that every criterion must beat.
    Random,
    /// First-order Taylor importance, |w · ∂L/∂w| averaged over batches (Molchanov et al., 2019).
    Taylor(Taylor),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Taylor {
    /// Number of training batches the gradient is taken on.
    #[serde(default = "default_batches")]
    #[schemars(range(min = 1))]
    pub batches: u32,
}

fn default_batches() -> u32 {
    8
}

/// A score a weight, by layer; layers are the prunable ones of this stage, in node order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores(pub BTreeMap<String, Vec<f32>>);

/// What importance is measured on.
#[derive(Debug)]
pub struct Subject<'a, B: Kernel> {
    pub network: &'a Network<B>,
    /// The prunable layers of this stage, in node order.
    pub layers: &'a [String],
    pub objective: Objective<'a, B>,
    pub splits: &'a Splits,
    /// Images a batch.
    pub batch: usize,
    /// Names this round's draws.
    pub draw: &'a Draw,
    pub device: &'a B::Device,
}

impl Importance {
    /// Scores every weight of the subject's layers, masked ones included (the selection skips them).
    pub fn scores<B: Kernel>(&self, subject: &Subject<'_, B>) -> Scores {
        let _ = subject;
        todo!()
    }
}
