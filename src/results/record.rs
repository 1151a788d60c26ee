//! `record.json`: what was run, and how it went: all that a report needs besides the tables.

use super::TablesError;
use crate::backend::BackendKind;
use crate::data::{Data, held_out};
use crate::durable;
use crate::plan::{NodeId, Plan, Recovery, Work, label};
use crate::spec::Chart;
use crate::train::Training;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What was run, and how it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// Version of the program.
    pub niwaki: String,
    pub name: String,
    pub title: String,
    pub question: Option<String>,
    pub backend: BackendKind,
    /// Dotted key and values of every axis.
    pub axes: Vec<(String, Vec<serde_json::Value>)>,
    /// In the order in which they build on each other.
    pub stages: Vec<StageFacts>,
    pub charts: Vec<Chart>,
    /// The written experiment, merged, without the sweep.
    pub experiment: serde_json::Value,
    pub data: Vec<DataFacts>,
    pub networks: Vec<NetworkFacts>,
    pub trials: u64,
    pub nodes: u64,
    /// What is missing, and why.
    pub failures: Vec<Failure>,
    /// Layers that pruning left with nothing, damaged artifacts that were made again, and the like.
    pub warnings: Vec<String>,
}

/// One stage, as its first trial has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StageFacts {
    pub name: String,
    /// The stage whose network it prunes; `None` for a training.
    pub from: Option<String>,
    /// The stage that teaches.
    pub teacher: Option<String>,
    /// Rounds of pruning; 0 for a training.
    pub rounds: u32,
    /// Its training, or the recovery after each round; `None` where there is none.
    pub training: Option<serde_json::Value>,
    /// To which step of the first training the weights go back.
    pub rewind: Option<u64>,
    /// To which step of the first training the learning rate alone goes back.
    #[serde(default)]
    pub lr_rewind: Option<u64>,
}

/// One data set the trials used, after the split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DataFacts {
    pub source: String,
    /// Channels, height, width.
    pub image: [usize; 3],
    pub classes: usize,
    pub train: usize,
    pub validation: usize,
    pub test: usize,
    /// Pixels of padding before a random crop; 0 for none.
    pub crop: usize,
    pub flip: bool,
}

/// One network that a stage trains or prunes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NetworkFacts {
    pub stage: String,
    /// The model for people: `mlp(hidden=[300, 100])`.
    pub model: String,
    pub parameters: u64,
    pub prunable: u64,
    pub macs: u64,
}

/// A measurement that is missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failure {
    pub trial: u64,
    pub stage: String,
    pub round: u32,
    pub error: String,
}

impl Record {
    /// `failed` are the nodes that failed, or need one that did.
    pub fn new(plan: &Plan, failed: &BTreeMap<NodeId, String>, warnings: Vec<String>) -> Self {
        Self {
            niwaki: env!("CARGO_PKG_VERSION").to_owned(),
            name: plan.name.clone(),
            title: plan.title.clone(),
            question: plan.question.clone(),
            backend: plan.backend,
            axes: plan.axes.iter().map(|axis| (axis.key.clone(), axis.values.clone())).collect(),
            stages: stages(plan),
            charts: plan.charts.clone(),
            experiment: plan.experiment.clone(),
            data: data(plan),
            networks: networks(plan),
            trials: plan.trials.len() as u64,
            nodes: plan.nodes.len() as u64,
            failures: failures(plan, failed),
            warnings,
        }
    }

    /// Writes `record.json` into `dir`.
    pub fn write(&self, dir: &Path) -> Result<(), TablesError> {
        let path = dir.join("record.json");
        let text = serde_json::to_string_pretty(self).expect("a record is plain data") + "\n";
        let written = durable::create_directory(dir).and_then(|()| durable::write(&path, text.as_bytes()));
        written.map_err(|error| TablesError { path, problem: error.to_string() })
    }

    /// Reads `record.json` of `dir`.
    pub fn read(dir: &Path) -> Result<Self, TablesError> {
        let path = dir.join("record.json");
        let text = fs::read_to_string(&path).map_err(|error| error.to_string());
        let record = text.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
        record.map_err(|problem| TablesError { path, problem })
    }
}

fn stages(plan: &Plan) -> Vec<StageFacts> {
    let Some(first) = plan.trials.first() else { return Vec::new() };
    let name_of = |key| plan.node(key).stage.to_string();
    let plain = |training: &Training| serde_json::to_value(training).expect("a training is plain data");
    let facts = |(name, nodes): (&String, &Vec<NodeId>)| {
        let name = name.clone();
        match &plan.nodes[nodes[0]].work {
            Work::Train { training, teacher } => StageFacts {
                name,
                from: None,
                teacher: teacher.map(name_of),
                rounds: 0,
                training: Some(plain(training)),
                rewind: None,
                lr_rewind: None,
            },
            Work::Round(round) => StageFacts {
                name,
                from: Some(name_of(round.from)),
                teacher: round.teacher.map(name_of),
                rounds: nodes.len() as u32,
                training: (round.recovery != Recovery::Absent).then(|| plain(&round.training)),
                rewind: round.rewind().map(|rewind| rewind.step),
                lr_rewind: match round.recovery {
                    Recovery::FineTune { start } if start > 0 => Some(start),
                    Recovery::Absent | Recovery::FineTune { .. } | Recovery::Rewind(_) => None,
                },
            },
        }
    };
    plan.stages.iter().zip(first.stages.iter().map(|stage| &stage.nodes)).map(facts).collect()
}

fn data(plan: &Plan) -> Vec<DataFacts> {
    let mut found: Vec<DataFacts> = Vec::new();
    for node in plan.nodes.values() {
        let Data { source, validation, augment } = &*node.data;
        let shape = source.shape();
        let held = held_out(shape.train, *validation);
        let facts = DataFacts {
            source: source.name().to_owned(),
            image: shape.image,
            classes: shape.classes,
            train: shape.train - held,
            validation: held,
            test: shape.test,
            crop: augment.crop,
            flip: augment.flip,
        };
        if !found.contains(&facts) {
            found.push(facts);
        }
    }
    found
}

fn networks(plan: &Plan) -> Vec<NetworkFacts> {
    let facts = |(stage, model, network): (&str, &crate::model::Model, &crate::plan::Origin)| NetworkFacts {
        stage: stage.to_owned(),
        model: label(&serde_json::to_value(model).expect("a model is plain data")),
        parameters: network.cost.parameters,
        prunable: network.cost.prunable,
        macs: network.cost.macs,
    };
    plan.origins().into_iter().map(facts).collect()
}

fn failures(plan: &Plan, failed: &BTreeMap<NodeId, String>) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (trial, at) in plan.trials.iter().enumerate() {
        for id in at.stages.iter().flat_map(|stage| &stage.nodes) {
            if let Some(error) = failed.get(id) {
                let node = &plan.nodes[*id];
                let (stage, error) = (node.stage.to_string(), error.clone());
                failures.push(Failure { trial: trial as u64, stage, round: node.round, error });
            }
        }
    }
    failures
}
