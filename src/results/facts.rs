//! What a record says of stages, data and networks.

use crate::data::{Data, held_out};
use crate::model::Model;
use crate::plan::{Names, NodeId, Origin, Plan, Recovery, Work, label};
use crate::train::Training;
use serde::{Deserialize, Serialize};

/// One stage, as its first trial has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StageFacts {
    pub name: String,
    /// Keys of the axes that matter for it, the seed aside: what its settings differ in.
    pub axes: Vec<String>,
    /// The stage whose network it prunes; `None` for a training.
    pub from: Option<String>,
    /// The stage that teaches.
    pub teacher: Option<String>,
    /// Rounds of pruning; 0 for a training.
    pub rounds: u32,
    /// The layers it prunes; `None` where these are all that can be pruned, and for a training.
    pub layers: Option<Vec<String>>,
    /// Its training, or the recovery after each round; `None` where there is none.
    pub training: Option<serde_json::Value>,
    /// To which step of the first training the weights go back.
    pub rewind: Option<u64>,
    /// To which step of the first training the learning rate alone goes back.
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

pub(super) fn stages(plan: &Plan, names: &Names) -> Vec<StageFacts> {
    let Some(first) = plan.trials.first() else { return Vec::new() };
    let name_of = |key| plan.node(key).stage.to_string();
    let plain = |training: &Training| serde_json::to_value(training).expect("a training is plain data");
    let keys = |axes: &Vec<usize>| axes.iter().map(|&axis| plan.axes[axis].key.clone()).collect();
    let chains = first.stages.iter().map(|stage| &stage.nodes);
    let facts = |((name, axes), chain): ((&String, &Vec<usize>), &Vec<NodeId>)| {
        let first = &plan.nodes[chain[0]];
        let (name, axes) = (name.clone(), keys(axes));
        match &first.work {
            Work::Train { training, teacher } => StageFacts {
                name,
                axes,
                from: None,
                teacher: teacher.map(name_of),
                rounds: 0,
                layers: None,
                training: Some(plain(training)),
                rewind: None,
                lr_rewind: None,
            },
            Work::Round(round) => StageFacts {
                name,
                axes,
                from: Some(name_of(round.from)),
                teacher: round.teacher.map(name_of),
                rounds: chain.len() as u32,
                layers: (*round.pruning.layers != *first.origin.graph.prunable())
                    .then(|| round.pruning.layers.to_vec()),
                training: (round.recovery != Recovery::Absent).then(|| plain(&round.training)),
                rewind: round.rewind().map(|rewind| rewind.step),
                lr_rewind: match round.recovery {
                    Recovery::FineTune { start } if start > 0 => Some(start),
                    Recovery::Absent | Recovery::FineTune { .. } | Recovery::Rewind(_) => None,
                },
            },
        }
    };
    plan.stages.iter().zip(names.relevant()).zip(chains).map(facts).collect()
}

pub(super) fn data(plan: &Plan) -> Vec<DataFacts> {
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

pub(super) fn networks(plan: &Plan) -> Vec<NetworkFacts> {
    let facts = |(stage, model, network): (&str, &Model, &Origin)| NetworkFacts {
        stage: stage.to_owned(),
        model: label(&serde_json::to_value(model).expect("a model is plain data")),
        parameters: network.cost.parameters,
        prunable: network.cost.prunable,
        macs: network.cost.macs,
    };
    plan.origins().into_iter().map(facts).collect()
}
