//! From which layers the weights of a round are taken. One file each: settings, and how they turn the amount
//! that a schedule gives into a [`Request`].

mod global;
mod layers;
mod uniform;

pub use uniform::{Factor, Uniform};

use super::{Request, Schedule, Sparsity, Target, glob};
use crate::model::LayerCost;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the weights to remove are spread over the layers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Allocation {
    /// One threshold over all layers: the least important weights go, wherever they are.
    #[default]
    Global,
    /// The same share of every layer.
    Uniform(Uniform),
    /// A share for each layer, by glob over node names (of several that match, the most specific);
    /// layers that none matches stay dense. Takes the place of `target`.
    Layers(BTreeMap<String, Sparsity>),
}

impl Allocation {
    /// What round `round` (from 1) asks for. `layers` are the prunable layers of the stage.
    pub fn request(
        &self,
        schedule: &Schedule,
        target: Option<Target>,
        round: u32,
        layers: &[LayerCost],
    ) -> Request {
        let target = target.map(|Target::Sparsity(sparsity)| sparsity.share());
        match self {
            Self::Global => global::request(schedule.amount(round, target)),
            Self::Uniform(uniform) => uniform.request(schedule.amount(round, target), layers),
            Self::Layers(table) => layers::request(table, schedule, round, layers),
        }
    }

    /// Globs that match none of `names`.
    pub fn unmatched(&self, names: &[String]) -> Vec<String> {
        match self {
            Self::Global => Vec::new(),
            Self::Uniform(uniform) => glob::unmatched(uniform.scale.keys(), names),
            Self::Layers(table) => glob::unmatched(table.keys(), names),
        }
    }
}
