//! What a record says of stages, data and networks.

use crate::data::{Data, held_out};
use crate::distill::Teaching;
use crate::model::Model;
use crate::plan::{Candidates, Names, NodeId, Origin, Plan, Recovery, label};
use crate::train::Training;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One stage, as its first trial has it, and what differs in others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StageFacts {
    pub name: String,
    /// Keys of the axes that matter for it, the seed aside: what its settings differ in.
    pub axes: Vec<String>,
    /// The stage whose network it prunes; `None` for a training.
    pub from: Option<String>,
    /// The stage that teaches, in the first trial in which one does.
    pub teacher: Option<String>,
    /// The stages that teach there, where these are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teaching: Option<Teaching>,
    /// The networks that train beside it and teach it, as people read of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<String>,
    /// Rounds of pruning; 0 for a training.
    pub rounds: u32,
    /// The layers it prunes; `None` where these are all that can be pruned, and for a training.
    pub layers: Option<Vec<String>>,
    /// Its training, or the recovery after each round; `None` where there is none.
    pub training: Option<Value>,
    /// To which step of the first training the weights go back.
    pub rewind: Option<u64>,
    /// To which step of the first training the learning rate alone goes back.
    pub lr_rewind: Option<u64>,
    /// In which trials the loss looks at the teacher.
    #[serde(default)]
    pub taught: Taught,
    /// What another trial has otherwise than the first, by its path from here: `rounds`, `training.optimizer.adam.lr`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub swept: BTreeSet<String>,
}

/// In which trials a term of the loss looks at the teacher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taught {
    Never,
    Sometimes,
    #[default]
    Always,
}

/// One data set the trials used, after the split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DataFacts {
    pub source: String,
    /// BLAKE3 of the shape and of the decoded images and labels; `None` in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
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
    let keys = |axes: &[usize]| axes.iter().map(|&axis| plan.axes[axis].key.clone()).collect();
    let facts = |(index, axes): (usize, &Vec<usize>)| {
        let all = distinct(plan, index);
        let looks = |chain: &&&[NodeId]| !plan.nodes[chain[0]].teachers().is_empty();
        let taught = all.iter().find(looks).map(|chain| of_chain(plan, chain));
        // A trial whose loss looks at no teacher says nothing of who teaches.
        let of_chain = |chain: &[NodeId]| {
            let facts = of_chain(plan, chain);
            match &taught {
                Some(taught) if !looks(&&chain) => {
                    StageFacts { teacher: taught.teacher.clone(), teaching: taught.teaching.clone(), ..facts }
                }
                Some(_) | None => facts,
            }
        };
        let mut facts = StageFacts { axes: keys(axes), ..of_chain(all.first()?) };
        facts.taught = match all.iter().filter(looks).count() {
            0 => Taught::Never,
            some if some < all.len() => Taught::Sometimes,
            _ => Taught::Always,
        };
        let plain = |chain: &[NodeId]| serde_json::to_value(of_chain(chain)).expect("facts are plain data");
        let first = plain(all[0]);
        all[1..].iter().for_each(|chain| differences(&first, &plain(chain), "", &mut facts.swept));
        Some(facts)
    };
    names.relevant().iter().enumerate().filter_map(facts).collect()
}

/// The chains of a stage of which other things can be said, that of the first trial first.
fn distinct(plan: &Plan, stage: usize) -> Vec<&[NodeId]> {
    let mut seen = BTreeSet::new();
    let chains = plan.trials.iter().map(|trial| trial.stages[stage].nodes.as_slice());
    let is_new = |chain: &&[NodeId]| {
        let node = &plan.nodes[chain[0]];
        let teachers: Vec<_> = node.teachers().iter().map(|&key| &plan.node(key).stage).collect();
        // Trainings and lists of layers that are the same are one in memory.
        let training = std::ptr::from_ref(node.training()).addr();
        let round = node.pruned().map(|round| {
            let (start, is_absent) = (round.recovery.start(), round.recovery == Recovery::Absent);
            let from = &plan.node(round.from).stage;
            (from, round.pruning.layers.as_ptr().addr(), start, is_absent, round.rewind().is_some())
        });
        let peers = models(node.peers());
        seen.insert((training, teachers, peers, round, rounds(plan, chain), node.search().is_some()))
    };
    chains.filter(is_new).collect()
}

/// Networks as people read of them: `mlp(hidden=[300, 100])`.
fn models(origins: &[Arc<Origin>]) -> Vec<String> {
    let model =
        |origin: &Arc<Origin>| label(&serde_json::to_value(&origin.model).expect("a model is plain data"));
    origins.iter().map(model).collect()
}

/// The rounds of `chain`, those too that a search among them may not run.
fn rounds(plan: &Plan, chain: &[NodeId]) -> u32 {
    match plan.nodes[chain[0]].search() {
        Some(search) if search.candidates == Candidates::Rounds => search.most(),
        Some(_) => 1,
        None => chain.len() as u32,
    }
}

/// What `chain` says of its stage, but for what depends on other trials.
fn of_chain(plan: &Plan, chain: &[NodeId]) -> StageFacts {
    let name_of = |key| plan.node(key).stage.to_string();
    let plain = |training: &Training| serde_json::to_value(training).expect("a training is plain data");
    let first = &plan.nodes[chain[0]];
    let teaching = &first.training().teaching;
    let training = StageFacts {
        name: first.stage.to_string(),
        axes: Vec::new(),
        from: None,
        teacher: first
            .teachers()
            .iter()
            .copied()
            .map(name_of)
            .next()
            .filter(|_| teaching.is_of_one_at_most()),
        teaching: Some(teaching.clone()).filter(|teaching| !teaching.is_of_one_at_most()),
        peers: models(first.peers()),
        rounds: 0,
        layers: None,
        training: Some(plain(first.training())),
        rewind: None,
        lr_rewind: None,
        taught: Taught::default(),
        swept: BTreeSet::new(),
    };
    match first.pruned() {
        None => training,
        Some(round) => StageFacts {
            from: Some(name_of(round.from)),
            rounds: rounds(plan, chain),
            layers: (*round.pruning.layers != *first.origin.graph.prunable())
                .then(|| round.pruning.layers.to_vec()),
            training: training.training.filter(|_| round.recovery != Recovery::Absent),
            rewind: round.rewind().map(|rewind| rewind.step),
            lr_rewind: match round.recovery {
                Recovery::FineTune { start } if start > 0 => Some(start),
                Recovery::Absent | Recovery::Recalibrate => None,
                Recovery::FineTune { .. } | Recovery::Rewind(_) => None,
            },
            ..training
        },
    }
}

/// Adds to `found` where `one` and `other` differ, as deep as both are tables with the same keys. Those of a training
/// are known, and a key that it does not show has its default.
fn differences(one: &Value, other: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (one, other) {
        // What is left out at its default is missing in some trials.
        (Value::Object(one), Value::Object(other))
            if path.is_empty() || path == "training" || one.keys().eq(other.keys()) =>
        {
            let dot = if path.is_empty() { "" } else { "." };
            for key in one.keys().chain(other.keys()) {
                let value = |table: &Map<String, Value>| table.get(key).cloned().unwrap_or_default();
                differences(&value(one), &value(other), &format!("{path}{dot}{key}"), found);
            }
        }
        (one, other) if one != other => {
            found.insert(path.to_owned());
        }
        _ => {}
    }
}

pub(super) fn data(plan: &Plan) -> Vec<DataFacts> {
    let mut found: Vec<DataFacts> = Vec::new();
    for node in plan.nodes.values() {
        let Data { source, validation, augment } = &*node.data;
        let shape = source.shape();
        let held = held_out(shape.train, *validation);
        let facts = DataFacts {
            source: source.name().to_owned(),
            fingerprint: plan.fingerprints.of(source).map(|fingerprint| fingerprint.to_string()),
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
