//! The nodes of one stage at one point of the sweep.

use super::build::Builder;
use super::key::{DataKey, RecoveryKey, RoundKey, TrainKey};
use super::{Key, Network, Node, NodeId, PlanError, Recovery, Rewind, Round, Work};
use crate::backend::BackendKind;
use crate::data::{Data, Fingerprint, Source, held_out, steps_per_epoch};
use crate::model::LayerCost;
use crate::prune::{Requested, Target};
use crate::spec::{Prune, Recover, Train};
use crate::train::{Duration, Settings, Training};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a stage gives to the stages that build on it.
#[derive(Debug)]
pub(super) struct Outcome {
    /// A training, or every round in order.
    pub nodes: Vec<NodeId>,
    network: Arc<Network>,
    /// What a recovery that says nothing takes over.
    settings: Settings,
    teacher: Option<String>,
    requested: Requested,
    /// The training at the root of the chain.
    root: NodeId,
}

/// What holds for all stages at a point.
#[derive(Clone, Debug)]
pub(super) struct Context {
    backend: BackendKind,
    seed: u64,
    data: Arc<Data>,
    key: Arc<DataKey>,
    /// Images that train, and that validate.
    train: usize,
    validation: usize,
}

/// Fingerprints, each asked for once.
pub(super) struct Contexts<'a> {
    fingerprint: &'a dyn Fn(&Source) -> Option<Fingerprint>,
    known: BTreeMap<String, Option<Fingerprint>>,
}

impl<'a> Contexts<'a> {
    pub fn new(fingerprint: &'a dyn Fn(&Source) -> Option<Fingerprint>) -> Self {
        Self { fingerprint, known: BTreeMap::new() }
    }

    /// Whether every source that was asked for has a fingerprint.
    pub fn fingerprinted(&self) -> bool {
        self.known.values().all(Option::is_some)
    }

    pub fn of(&mut self, backend: BackendKind, seed: u64, data: Arc<Data>) -> Context {
        let known = self.known.entry(format!("{:?}", data.source));
        let fingerprint = *known.or_insert_with(|| (self.fingerprint)(&data.source));
        let total = data.source.shape().train;
        let validation = held_out(total, data.validation);
        let key = Arc::new(DataKey {
            fingerprint: fingerprint.map(|fingerprint| fingerprint.to_string()),
            validation: data.validation,
            augment: data.augment.clone(),
        });
        Context { backend, seed, data, key, train: total - validation, validation }
    }
}

impl Context {
    fn resolve(&self, settings: Settings) -> Arc<Training> {
        Arc::new(settings.resolve(self.train, self.validation))
    }
}

impl<'a> Builder<'a> {
    pub(super) fn train(
        &mut self,
        name: &'a str,
        train: &Train,
        context: &Context,
        point: &[u32],
        open: &mut Vec<&'a str>,
    ) -> Result<Outcome, PlanError> {
        let teacher = self.last_of(train.teacher.as_deref(), point, open)?;
        let network = self.network(name, &train.model, &context.data)?;
        let settings = train.settings();
        let training = context.resolve(settings.clone());
        let key = Key::of_node(&TrainKey {
            backend: context.backend,
            data: &context.key,
            seed: context.seed,
            stage: name,
            model: &train.model,
            training: &training,
            teacher: teacher.map(|teacher| self.node(teacher).key),
        });
        let node = self.add(Node {
            key,
            stage: name.into(),
            round: 0,
            seed: context.seed,
            data: Arc::clone(&context.data),
            network: Arc::clone(&network),
            steps: training.steps,
            requested: 0.0,
            work: Work::Train { training, teacher },
        });
        let (requested, teacher) = (Requested::dense(), train.teacher.clone());
        Ok(Outcome { nodes: vec![node], network, settings, teacher, requested, root: node })
    }

    pub(super) fn prune(
        &mut self,
        name: &'a str,
        prune: &Prune,
        context: &Context,
        point: &[u32],
        open: &mut Vec<&'a str>,
    ) -> Result<Outcome, PlanError> {
        let from = self.stage(self.named(&prune.from), point, open)?;
        let network = Arc::clone(&from.network);
        let settings = prune.recover.as_ref().map_or_else(Settings::default, Recover::settings);
        let settings = settings.over(from.settings.clone());
        let teacher = prune.recover.as_ref().and_then(|recover| recover.teacher.clone());
        let teacher = teacher.or_else(|| from.teacher.clone());
        let mut lasting = settings.clone();
        if prune.recover.is_none() {
            lasting.length = Some(Duration::steps(0));
        }
        let training = context.resolve(lasting);
        let taught = prune.recover.is_some()
            || prune.importance.uses_gradient() && !training.loss.need_teacher().is_empty();
        let taught_by = self.last_of(teacher.as_deref().filter(|_| taught), point, open)?;
        let recovery = self.recovery(name, prune.recover.as_ref(), &from, context)?;
        let steps = match recovery {
            Recovery::Absent | Recovery::FineTune => training.steps,
            Recovery::Rewind(rewind) => training.steps.saturating_sub(rewind.step),
        };
        let layers: Arc<[String]> = prune.layers.select(&network.graph.prunable()).into();
        let costs: Vec<LayerCost> =
            network.cost.layers.iter().filter(|layer| layers.contains(&layer.name)).cloned().collect();
        let target = prune.target.map(|Target::Sparsity(sparsity)| sparsity);
        let mut requested = from.requested.clone();
        let mut last = *from.nodes.last().expect("a stage has nodes");
        let mut nodes = Vec::new();
        for number in 1..=prune.schedule.rounds() {
            let request = prune.allocation.request(&prune.schedule, target, number, &costs);
            requested = requested.after(&request, &costs);
            let round = Round {
                from: last,
                importance: prune.importance.clone(),
                request: Arc::new(request),
                layers: Arc::clone(&layers),
                training: Arc::clone(&training),
                teacher: taught_by,
                recovery,
            };
            last = self.add(Node {
                key: self.round_key(name, number, &round),
                stage: name.into(),
                round: number,
                seed: context.seed,
                data: Arc::clone(&context.data),
                network: Arc::clone(&network),
                steps,
                requested: requested.share(&network.cost.layers),
                work: Work::Round(round),
            });
            nodes.push(last);
        }
        Ok(Outcome { nodes, network, settings, teacher, requested, root: from.root })
    }

    fn recovery(
        &self,
        name: &str,
        recover: Option<&Recover>,
        from: &Outcome,
        context: &Context,
    ) -> Result<Recovery, PlanError> {
        let Some(recover) = recover else { return Ok(Recovery::Absent) };
        let Some(rewind) = recover.rewind else { return Ok(Recovery::FineTune) };
        let root = self.node(from.root);
        let training = match &root.work {
            Work::Train { training, .. } => training,
            Work::Round(_) => unreachable!("the root of a chain is a training"),
        };
        let step = rewind.in_steps(steps_per_epoch(context.train, training.batch));
        if step > training.steps {
            let (stage, root) = (name.to_owned(), root.stage.to_string());
            return Err(PlanError::Rewind { stage, root, step, steps: training.steps });
        }
        Ok(Recovery::Rewind(Rewind { node: from.root, step }))
    }

    /// The last node of the stage called `name`.
    fn last_of(
        &mut self,
        name: Option<&str>,
        point: &[u32],
        open: &mut Vec<&'a str>,
    ) -> Result<Option<NodeId>, PlanError> {
        let Some(name) = name else { return Ok(None) };
        let outcome = self.stage(self.named(name), point, open)?;
        Ok(outcome.nodes.last().copied())
    }

    fn round_key(&self, stage: &str, number: u32, round: &Round) -> Key {
        let teacher = round.teacher.map(|teacher| self.node(teacher).key);
        let gradient = round.importance.uses_gradient().then_some(&round.training);
        let recovery = match round.recovery {
            Recovery::Absent => None,
            Recovery::FineTune => Some(RecoveryKey { training: &round.training, rewind: None }),
            Recovery::Rewind(Rewind { node, step }) => {
                Some(RecoveryKey { training: &round.training, rewind: Some((self.node(node).key, step)) })
            }
        };
        Key::of_node(&RoundKey {
            from: self.node(round.from).key,
            stage,
            round: number,
            importance: &round.importance,
            gradient: gradient.map(|training| (training.batch, &training.loss, training.label_smoothing)),
            request: &round.request,
            layers: &round.layers,
            teacher,
            recovery,
        })
    }
}
