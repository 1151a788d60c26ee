//! From where the weights of a round are taken. One file each: settings, and how they turn a schedule's
//! step into a [`Request`].

use super::{Schedule, Sparsity};
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
    /// A share for each layer, by glob over node names; layers that none matches stay dense. Takes the
    /// place of `target`.
    Layers(BTreeMap<String, Sparsity>),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Uniform {
    /// Factors, by glob over node names, on the share (or rate) of the layers that match.
    #[serde(default)]
    pub scale: BTreeMap<String, f64>,
}

/// How far one round goes, for the whole network or for one layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Until this share of all weights is zero.
    To(f64),
    /// This share of the weights that are left.
    Rate(f64),
}

/// What one round asks for: all that its masks depend on besides the scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Over all prunable layers together.
    Overall(Step),
    /// For each layer on its own, in node order.
    Layers(Vec<(String, Step)>),
}

impl Request {
    /// Sparsity asked for after this request, given what the round before asked for.
    /// `layers` are the prunable layers.
    pub fn requested(&self, before: f64, layers: &[LayerCost]) -> f64 {
        let _ = (before, layers);
        todo!()
    }
}

impl Allocation {
    /// What round `round` (from 1) asks for. `layers` are the prunable layers of the stage.
    pub fn request(
        &self,
        schedule: &Schedule,
        target: Option<Sparsity>,
        round: u32,
        layers: &[LayerCost],
    ) -> Request {
        let _ = (schedule, target, round, layers);
        todo!()
    }
}
