//! From the points of the sweep to trials and the nodes they share.

use super::context::{Context, Contexts};
use super::nodes::Nodes;
use super::order::{closure, in_order, references};
use super::sections::{Section, restrict};
use super::stage::{self, StageOutcome};
use super::teacher_outputs::draws_alike;
use super::unmeasured::with_unmeasured;
use super::{Plan, PlanError, StageRounds, Trial};
use crate::backend::BackendKind;
use crate::data::{Data, Fingerprint, Source};
use crate::spec::{Axis, Loaded, Stage};
use crate::train::Training;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Plans an experiment. `fingerprint` gives that of a source's bytes; of a source that is not there it
/// gives `None`, and then keys are only good for counting.
pub fn plan(
    loaded: &Loaded,
    fingerprint: &dyn Fn(&Source) -> Option<Fingerprint>,
) -> Result<Plan, PlanError> {
    let mut planner = Planner::new(loaded, fingerprint)?;
    let mut trials = Vec::with_capacity(loaded.points.points.len());
    for point in &loaded.points.points {
        let seed = *planner.seed.at(point)?;
        let stages = planner.names.clone().into_iter().map(|stage| planner.rounds(stage, point));
        let stages = stages.collect::<Result<_, PlanError>>()?;
        trials.push(Trial { seed, point: point.clone(), stages });
    }
    let axes = without_unused(&loaded.points.axes, &mut trials);
    let experiment = &loaded.experiment;
    let nodes = planner.nodes.into_nodes();
    Ok(with_unmeasured(Plan {
        name: loaded.name.clone(),
        files: loaded.files.clone(),
        title: experiment.title.clone(),
        question: experiment.question.clone(),
        backend: planner.backend,
        axes,
        groups: loaded.points.groups.clone(),
        stages: planner.names.iter().map(|&name| name.to_owned()).collect(),
        reach: planner.names.iter().map(|name| planner.reach[name].clone()).collect(),
        trials,
        draws_alike: draws_alike(planner.backend, nodes.values()),
        nodes,
        fingerprints: planner.contexts.fingerprints(),
        charts: experiment.chart.clone(),
        claims: loaded.claims.clone(),
        labels: loaded.labels.clone(),
        experiment: loaded.value.clone(),
        sweep: loaded.sweep.clone(),
    }))
}

/// `axes` with the values that some of `trials` has: others were excluded, or are in no point of the sample.
fn without_unused(axes: &[Axis], trials: &mut [Trial]) -> Vec<Axis> {
    let of_axis = |(index, axis): (usize, &Axis)| {
        let used: BTreeSet<u32> = trials.iter().map(|trial| trial.point[index]).collect();
        if used.len() < axis.values.len() {
            let places: BTreeMap<u32, u32> = used.iter().copied().zip(0..).collect();
            trials.iter_mut().for_each(|trial| trial.point[index] = places[&trial.point[index]]);
        }
        let values = used.into_iter().map(|value| axis.values[value as usize].clone());
        Axis { key: axis.key.clone(), values: values.collect() }
    };
    axes.iter().enumerate().map(of_axis).collect()
}

/// What is known so far.
struct Planner<'a> {
    /// Stages in the order in which they build on each other.
    names: Vec<&'a str>,
    backend: BackendKind,
    seed: Section<'a, u64>,
    data: Section<'a, Data>,
    stages: BTreeMap<&'a str, Section<'a, Stage>>,
    /// All axes that can change what a stage gives: its own, and those of all it builds on.
    reach: BTreeMap<&'a str, Vec<usize>>,
    /// Stages that others build on.
    is_built_on: BTreeSet<&'a str>,
    /// What these gave, by the values of the axes that reach them.
    done: BTreeMap<(&'a str, Box<[u32]>), Arc<StageOutcome>>,
    /// The nodes of all stages, likewise.
    rounds: BTreeMap<(&'a str, Box<[u32]>), StageRounds>,
    contexts: Contexts<'a>,
    nodes: Nodes,
}

impl<'a> Planner<'a> {
    fn new(
        loaded: &'a Loaded,
        fingerprint: &'a dyn Fn(&Source) -> Option<Fingerprint>,
    ) -> Result<Self, PlanError> {
        let mut backend = Section::<BackendKind>::new(loaded, &["backend"]);
        if !backend.axes().is_empty() {
            return Err(PlanError::Backend);
        }
        let points = &loaded.points.points;
        let first = points.first().map(|point| &**point).unwrap_or_default();
        let names = loaded.experiment.stage.keys().map(String::as_str);
        let mut stages: BTreeMap<_, _> =
            names.map(|name| (name, Section::<Stage>::new(loaded, &["stage", name]))).collect();
        let references = references(&mut stages, points)?;
        let seed = Section::<u64>::new(loaded, &["seed"]);
        let data = Section::<Data>::new(loaded, &["data"]);
        let common: BTreeSet<usize> = seed.axes().iter().chain(data.axes()).copied().collect();
        let reach = stages.keys().map(|&name| {
            let mut axes = common.clone();
            for on in closure(name, &references) {
                axes.extend(stages[on].axes());
            }
            (name, axes.into_iter().collect())
        });
        let reach = reach.collect();
        let backend = *backend.at(first)?;
        Ok(Self {
            names: in_order(&references),
            backend,
            seed,
            data,
            stages,
            reach,
            is_built_on: references.into_values().flatten().collect(),
            done: BTreeMap::new(),
            rounds: BTreeMap::new(),
            contexts: Contexts::new(fingerprint),
            nodes: Nodes::default(),
        })
    }

    /// The nodes of the stage `name` at `point`.
    fn rounds(&mut self, name: &'a str, point: &[u32]) -> Result<StageRounds, PlanError> {
        let at = (name, restrict(point, &self.reach[name]));
        if let Some(known) = self.rounds.get(&at) {
            return Ok(known.clone());
        }
        let outcome = self.stage(name, point, &mut Vec::new())?;
        let nodes = outcome.nodes.iter().map(|&key| self.nodes.index(key)).collect();
        let rounds = StageRounds { nodes };
        // A stage that every axis reaches is never asked for the same point again.
        if at.1.len() < point.len() {
            self.rounds.insert(at, rounds.clone());
        }
        Ok(rounds)
    }

    /// What `name` gives at `point`; `open` are the stages that wait for it.
    fn stage(
        &mut self,
        name: &'a str,
        point: &[u32],
        open: &mut Vec<&'a str>,
    ) -> Result<Arc<StageOutcome>, PlanError> {
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
            Stage::Train(train) => {
                let training = stage::training(train, &context);
                let teachers = self.teachers(&training, point, open)?;
                stage::train(name, train, training, &teachers, &context, &mut self.nodes)?
            }
            Stage::Prune(prune) => {
                let from = self.named(&prune.from, point, open)?;
                let recovery = stage::Recovering::new(name, prune, &from, &context)?;
                let teachers = self.teachers(recovery.training(), point, open)?;
                stage::prune(name, prune, &from, recovery, &teachers, &context, &mut self.nodes)?
            }
        };
        open.pop();
        let outcome = Arc::new(outcome);
        // Of a stage that nothing builds on, only the nodes are asked for again.
        if self.is_built_on.contains(name) {
            self.done.insert(at, Arc::clone(&outcome));
        }
        Ok(outcome)
    }

    /// What the stage called `name` gives, to which a stage refers.
    fn named(
        &mut self,
        name: &str,
        point: &[u32],
        open: &mut Vec<&'a str>,
    ) -> Result<Arc<StageOutcome>, PlanError> {
        let (&name, _) = self.stages.get_key_value(name).expect("references were checked");
        self.stage(name, point, open)
    }

    /// What the stages give that teach `training`.
    fn teachers(
        &mut self,
        training: &Training,
        point: &[u32],
        open: &mut Vec<&'a str>,
    ) -> Result<Vec<Arc<StageOutcome>>, PlanError> {
        training.teaching.stages().map(|name| self.named(name, point, open)).collect()
    }

    fn context(&mut self, point: &[u32]) -> Result<Context, PlanError> {
        let data = self.data.at(point)?;
        Ok(self.contexts.of(self.backend, *self.seed.at(point)?, data))
    }
}
