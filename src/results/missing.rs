//! What a record says is missing.

use crate::plan::{Names, NodeId, Plan, label};
use crate::run::NodeError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A measurement that is missing: one round of one setting and seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Missing {
    pub stage: String,
    /// Dotted key and value, as people read it, of every axis that matters for the stage.
    pub setting: Vec<(String, String)>,
    pub round: u32,
    pub seed: u64,
    /// The first trial that lacks it.
    pub trial: u64,
    /// Name of the network in the store.
    pub key: String,
    /// Why it, or what it needs, failed or could not be read; `None` where it was not run for no such reason.
    pub error: Option<String>,
    /// Whether it was never started, because what it needs failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
    /// Whether it may be in the store: it, or what it needs, could not be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
}

impl Missing {
    /// `stage sparse, stage.sparse.prune.importance=random, round 1, seed 0`
    pub fn described(&self) -> String {
        let setting = self.setting.iter().map(|(key, value)| format!(", {key}={value}"));
        let round = if self.round == 0 { String::new() } else { format!(", round {}", self.round) };
        format!("stage {}{}{round}, seed {}", self.stage, setting.collect::<String>(), self.seed)
    }

    /// Whether `other` is of the same stage, setting, round and seed.
    pub fn is_of_same(&self, other: &Self) -> bool {
        (&self.stage, &self.setting, self.round, self.seed)
            == (&other.stage, &other.setting, other.round, other.seed)
    }

    /// Whether it has each of these values, as tables write them, on the axes that matter for it.
    pub fn has(&self, values: &[(&str, String)]) -> bool {
        let differs = |(key, value): &(&str, String)| {
            self.setting.iter().any(|(known, own)| known == key && own != value)
        };
        !values.iter().any(differs)
    }

    /// The values of its axes, as tables write them.
    pub fn values(&self) -> Vec<&str> {
        self.setting.iter().map(|(_, value)| value.as_str()).collect()
    }
}

/// All measurements of `plan` whose node `is_done` denies, each setting's once; `error` is that of a node, or of one
/// it needs.
pub(super) fn missing(
    plan: &Plan,
    names: &Names,
    is_done: impl Fn(NodeId) -> bool,
    error: impl Fn(NodeId) -> Option<NodeError>,
) -> Vec<Missing> {
    let known = |id: NodeId| if is_done(id) { None } else { error(id) };
    let mut missing = Vec::new();
    let mut seen = BTreeSet::new();
    for (trial, at) in plan.trials.iter().enumerate() {
        for (stage, chain) in at.stages.iter().enumerate() {
            let axes = &names.relevant()[stage];
            for &id in chain.nodes.iter().filter(|&&id| !is_done(id)) {
                let values: Vec<u32> = axes.iter().map(|&axis| at.point[axis]).collect();
                let node = &plan.nodes[id];
                if !seen.insert((stage, values, node.round, at.seed)) {
                    continue;
                }
                let setting = axes.iter().map(|&axis| {
                    let values = &plan.axes[axis];
                    (values.key.clone(), label(&values.values[at.point[axis] as usize]))
                });
                let error = known(id);
                let blocked = error.is_some() && plan.needs(id).into_iter().any(|need| known(need).is_some());
                missing.push(Missing {
                    stage: plan.stages[stage].clone(),
                    setting: setting.collect(),
                    round: node.round,
                    seed: at.seed,
                    trial: trial as u64,
                    key: node.key.to_string(),
                    unread: matches!(error, Some(NodeError::Unread(_))),
                    error: error.map(|error| error.message().to_owned()),
                    blocked,
                });
            }
        }
    }
    missing
}
