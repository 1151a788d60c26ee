//! From the points of the sweep to trials and the nodes they share.

use super::sections::{Section, restrict};
use super::stage::{Context, Contexts, Outcome};
use super::{Network, Node, NodeId, Plan, PlanError, StageRounds, Trial};
use crate::backend::BackendKind;
use crate::data::{Data, Fingerprint, Source};
use crate::model::{Cost, Model};
use crate::spec::{Loaded, Stage};
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Plans an experiment. `fingerprint` gives that of a source's bytes; of a source that is not there it
/// gives `None`, and then keys are only good for counting.
pub fn plan(
    loaded: &Loaded,
    fingerprint: &dyn Fn(&Source) -> Option<Fingerprint>,
) -> Result<Plan, PlanError> {
    let mut builder = Builder::new(loaded, fingerprint)?;
    let mut trials = Vec::with_capacity(loaded.points.points.len());
    for point in &loaded.points.points {
        let seed = *builder.seed.at(point)?;
        let stages = builder.names.clone().into_iter().map(|stage| {
            builder.stage(stage, point, &mut Vec::new()).map(|done| StageRounds { nodes: done.nodes.clone() })
        });
        trials.push(Trial { seed, point: point.clone(), stages: stages.collect::<Result<_, _>>()? });
    }
    let experiment = &loaded.experiment;
    Ok(Plan {
        name: loaded.name.clone(),
        title: experiment.title.clone(),
        question: experiment.question.clone(),
        backend: builder.backend,
        axes: loaded.points.axes.clone(),
        stages: builder.names.iter().map(|&name| name.to_owned()).collect(),
        trials,
        nodes: builder.nodes.into_values().collect(),
        fingerprinted: builder.contexts.fingerprinted(),
        charts: experiment.chart.clone(),
        experiment: loaded.value.clone(),
    })
}

/// What is known so far.
pub(super) struct Builder<'a> {
    /// Stages in the order in which they build on each other.
    names: Vec<&'a str>,
    backend: BackendKind,
    seed: Section<'a, u64>,
    data: Section<'a, Data>,
    stages: BTreeMap<&'a str, Section<'a, Stage>>,
    /// All axes that can change what a stage gives: its own, and those of all it builds on.
    reach: BTreeMap<&'a str, Vec<usize>>,
    done: BTreeMap<(&'a str, Box<[u32]>), Arc<Outcome>>,
    contexts: Contexts<'a>,
    networks: BTreeMap<String, Arc<Network>>,
    nodes: IndexMap<super::Key, Node>,
}

impl<'a> Builder<'a> {
    fn new(
        loaded: &'a Loaded,
        fingerprint: &'a dyn Fn(&Source) -> Option<Fingerprint>,
    ) -> Result<Self, PlanError> {
        let mut backend = Section::<BackendKind>::new(loaded, &["backend"]);
        if !backend.axes().is_empty() {
            return Err(PlanError::Backend);
        }
        let first = loaded.points.points.first().map(|point| &**point).unwrap_or_default();
        let names: Vec<&str> = loaded.experiment.stage.keys().map(String::as_str).collect();
        let stages: BTreeMap<_, _> =
            names.iter().map(|&name| (name, Section::<Stage>::new(loaded, &["stage", name]))).collect();
        let seed = Section::<u64>::new(loaded, &["seed"]);
        let data = Section::<Data>::new(loaded, &["data"]);
        let mentions =
            names.iter().map(|&name| (name, mentions(loaded, name, &names, stages[name].axes(), first)));
        let mentions: BTreeMap<_, _> = mentions.collect();
        let common: BTreeSet<usize> = seed.axes().iter().chain(data.axes()).copied().collect();
        let reach = names.iter().map(|&name| {
            let mut axes = common.clone();
            for on in closure(name, &mentions) {
                axes.extend(stages[on].axes());
            }
            (name, axes.into_iter().collect())
        });
        let reach = reach.collect();
        let backend = *backend.at(first)?;
        Ok(Self {
            names: in_order(&names, &mentions),
            backend,
            seed,
            data,
            stages,
            reach,
            done: BTreeMap::new(),
            contexts: Contexts::new(fingerprint),
            networks: BTreeMap::new(),
            nodes: IndexMap::new(),
        })
    }

    /// What `name` gives at `point`; `open` are the stages that wait for it.
    pub(super) fn stage(
        &mut self,
        name: &'a str,
        point: &[u32],
        open: &mut Vec<&'a str>,
    ) -> Result<Arc<Outcome>, PlanError> {
        let at = (name, restrict(point, &self.reach[name]));
        if let Some(done) = self.done.get(&at) {
            return Ok(Arc::clone(done));
        }
        if open.contains(&name) {
            return Err(PlanError::Cycle(name.to_owned()));
        }
        open.push(name);
        let stage = self.stages.get_mut(name).expect("references were checked").at(point)?;
        let context = self.context(point)?;
        let outcome = match &*stage {
            Stage::Train(train) => self.train(name, train, &context, point, open)?,
            Stage::Prune(prune) => self.prune(name, prune, &context, point, open)?,
        };
        open.pop();
        let outcome = Arc::new(outcome);
        self.done.insert(at, Arc::clone(&outcome));
        Ok(outcome)
    }

    /// The stage that the experiment calls `name`.
    pub(super) fn named(&self, name: &str) -> &'a str {
        self.stages.get_key_value(name).expect("references were checked").0
    }

    fn context(&mut self, point: &[u32]) -> Result<Context, PlanError> {
        let data = self.data.at(point)?;
        Ok(self.contexts.of(self.backend, *self.seed.at(point)?, data))
    }

    /// The network of `model` on this data.
    pub(super) fn network(
        &mut self,
        stage: &str,
        model: &Model,
        data: &Data,
    ) -> Result<Arc<Network>, PlanError> {
        let shape = data.source.shape();
        let name = format!("{model:?} {:?} {}", shape.image, shape.classes);
        if let Some(network) = self.networks.get(&name) {
            return Ok(Arc::clone(network));
        }
        let graph = model.graph(shape.image, shape.classes);
        let graph = graph.map_err(|source| PlanError::Network { stage: stage.to_owned(), source })?;
        let network =
            Arc::new(Network { model: model.clone(), cost: Cost::of(&graph), graph: Arc::new(graph) });
        self.networks.insert(name, Arc::clone(&network));
        Ok(network)
    }

    /// Adds `node` unless one with its key is there already.
    pub(super) fn add(&mut self, node: Node) -> NodeId {
        let entry = self.nodes.entry(node.key);
        let id = entry.index();
        entry.or_insert(node);
        id
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }
}

/// Stages that `stage` may build on: every string in it, at any point, that is a stage's name.
fn mentions<'a>(
    loaded: &Loaded,
    stage: &str,
    names: &[&'a str],
    axes: &[usize],
    first: &[u32],
) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    collect(&loaded.at(first, &["stage", stage]), names, &mut found);
    for &axis in axes {
        loaded.points.axes[axis].values.iter().for_each(|value| collect(value, names, &mut found));
    }
    found.remove(stage);
    found
}

fn collect<'a>(value: &Value, names: &[&'a str], found: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) => found.extend(names.iter().find(|name| *name == text)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, names, found)),
        Value::Object(entries) => entries.values().for_each(|value| collect(value, names, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `name` and everything it builds on.
fn closure<'a>(name: &'a str, mentions: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(&mentions[name]);
        }
    }
    found
}

/// Stages after those they build on, by name otherwise.
fn in_order<'a>(names: &[&'a str], mentions: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let mut order: Vec<&str> = Vec::new();
    while let Some(next) = names
        .iter()
        .filter(|name| !order.contains(name))
        .min_by_key(|name| mentions[**name].iter().filter(|on| !order.contains(on)).count())
    {
        order.push(next);
    }
    order
}
