//! From which layers the weights of a round are taken. One file each: settings, and how they turn what a stage
//! aims at into a [`Request`], or a request into what each layer keeps.

mod erk;
mod fill;
mod global;
mod lamp;
mod layers;
#[cfg(test)]
mod reference;
mod sensitivity_scan;
mod site;
mod uniform;
mod uniform_plus;

pub use sensitivity_scan::SensitivityScan;
pub(super) use sensitivity_scan::{Curve, kept as kept_by_curves};
pub use site::Site;
pub use uniform::{Factor, Uniform};

use super::units::Units;
use super::{Aim, Request, Sparsity, Spread, glob};
use crate::model::LayerCost;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the weights to remove are spread over the layers. Where counts of layers are rounded to whole weights,
/// they add up to the count of the whole: the largest remainders are rounded up.
///
/// With `granularity = "channel"` layers that give the same channels lose the same of them, and with these go
/// inputs of the layers behind, so a layer may lose more than its share. Channels go until each layer that gives some
/// has lost its share, and all layers together theirs; it is an error where these cannot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Allocation {
    /// One threshold over all layers: the least important weights go, wherever they are.
    #[default]
    Global,
    /// The same share of every layer.
    Uniform(Uniform),
    /// The same share of every layer, but the network's first layer stays dense and its last loses at most 80 %
    /// (Gale et al., 2019); the others make up for both, and an error says where they cannot. A layer that has lost
    /// more already stays as it is. Not where channels go.
    UniformPlus,
    /// Erdős–Rényi–Kernel: the density of a convolution is in proportion to (in + out + kh + kw) / (in · out · kh ·
    /// kw), that of a linear layer to (in + out) / (in · out), with the factor ε that meets the target; what would exceed
    /// 1 stays dense, and the others get what it does not take (Evci et al., 2020, and their code). A pruned layer
    /// keeps at most what it has. Large layers get sparser than small ones.
    Erk,
    /// One threshold over all layers, on s² / Σ s′² in place of each score s, where the sum is over the scores of
    /// the same layer that are not below s: the share of what would still be there that goes with it (Lee et al., 2021,
    /// for the importance `magnitude`). So the order within a layer stays, the last unit of a layer scores 1, and every
    /// layer keeps its most important. Of equal scores the first counts as the smaller. Works with any importance whose
    /// scores are sizes; of a negative score the sign is lost.
    Lamp,
    /// As much of each layer as the network was measured to do without, each layer alone (Han et al., 2015; Li et
    /// al., 2017).
    SensitivityScan(SensitivityScan),
    /// A share for each layer, by glob over node names (of several that match, the most specific);
    /// layers that none matches stay dense. Takes the place of `target`. Where channels go, all layers that give the
    /// same channels need a share, and layers that none matches lose the inputs that go with others' channels.
    Layers(BTreeMap<String, Sparsity>),
}

/// What is compared between units of several layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ranking {
    /// Their scores.
    #[default]
    Scores,
    Lamp,
}

impl Allocation {
    /// What round `round` (from 1) asks for. `layers` are the prunable layers of the stage.
    pub fn request(&self, aim: Aim<'_>, round: u32, layers: &[LayerCost]) -> Request {
        match self {
            Self::Global | Self::Lamp => global::request(aim, round),
            Self::Uniform(uniform) => uniform.request(aim.amount(round), layers),
            Self::UniformPlus => Request::Spread { by: Spread::UniformPlus, amount: aim.amount(round) },
            Self::Erk => Request::Spread { by: Spread::Erk, amount: aim.amount(round) },
            Self::SensitivityScan(scan) => scan.request(aim.amount(round)),
            Self::Layers(table) => layers::request(table, aim, round, layers),
        }
    }

    /// What is compared between units of several layers.
    pub fn ranking(&self) -> Ranking {
        match self {
            Self::Lamp => Ranking::Lamp,
            Self::Global | Self::Uniform(_) | Self::UniformPlus | Self::Erk => Ranking::Scores,
            Self::SensitivityScan(_) | Self::Layers(_) => Ranking::Scores,
        }
    }

    /// Whether one ranking of all layers says where the weights go, so that it can meet any target.
    pub fn ranks_all_layers(&self) -> bool {
        match self {
            Self::Global | Self::Lamp => true,
            Self::Uniform(_) | Self::UniformPlus | Self::Erk => false,
            Self::SensitivityScan(_) | Self::Layers(_) => false,
        }
    }

    /// Whether it asks `layer` for nothing, whatever it asks others for.
    pub fn spares(&self, layer: &str) -> bool {
        match self {
            Self::Global | Self::UniformPlus | Self::Erk | Self::Lamp | Self::SensitivityScan(_) => false,
            Self::Uniform(uniform) => uniform.spares(layer),
            Self::Layers(table) => layers::spares(table, layer),
        }
    }

    /// Globs that match none of `names`.
    pub fn unmatched(&self, names: &[String]) -> Vec<String> {
        match self {
            Self::Global | Self::UniformPlus | Self::Erk | Self::Lamp | Self::SensitivityScan(_) => {
                Vec::new()
            }
            Self::Uniform(uniform) => glob::unmatched(uniform.scale.keys(), names),
            Self::Layers(table) => glob::unmatched(table.keys(), names),
        }
    }
}

impl Spread {
    /// How many weights each of `sites` keeps, in their order, when they keep `left` together.
    ///
    /// # Errors
    /// With the least that they can keep together, where that is more.
    pub fn kept(self, sites: &[Site<'_>], left: u64) -> Result<Vec<u64>, u64> {
        let part = |site: &Site<'_>| match self {
            Self::Uniform => uniform::part(site),
            Self::UniformPlus => uniform_plus::part(site),
            Self::Erk => erk::part(site),
        };
        let parts: Vec<fill::Part> = sites.iter().map(part).collect();
        fill::kept(&parts, left)
    }
}

impl Ranking {
    /// `units`, with what is compared in place of their scores.
    pub(super) fn rescored(self, units: Vec<Units<'_>>) -> Vec<Units<'_>> {
        match self {
            Self::Scores => units,
            Self::Lamp => units.into_iter().map(lamp::rescored).collect(),
        }
    }
}
