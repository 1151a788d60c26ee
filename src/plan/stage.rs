//! The nodes of one stage at one point of the sweep.

use super::context::Context;
use super::key::{RecoveryKey, RoundKey, TrainKey};
use super::nodes::Nodes;
use super::{Key, Node, Origin, PlanError, Recovery, Rewind, Round, Work};
use crate::data::steps_per_epoch;
use crate::model::LayerCost;
use crate::prune::{AskedSparsity, Pruning, Reduction};
use crate::spec::{Prune, Recover, Train};
use crate::train::{Duration, Settings, Training};
use std::sync::Arc;

/// What a stage gives to the stages that build on it.
#[derive(Debug)]
pub(super) struct Outcome {
    /// A training, or every round in order.
    pub nodes: Vec<Key>,
    origin: Arc<Origin>,
    /// What a recovery that says nothing takes over.
    settings: Settings,
    teacher: Option<String>,
    asked: AskedSparsity,
    /// The training at the root of the chain.
    root: Key,
}

impl Outcome {
    /// The node whose network the stage yields.
    fn last(&self) -> Key {
        *self.nodes.last().expect("a stage has nodes")
    }
}

/// The one node of a `train` stage.
pub(super) fn train(
    name: &str,
    train: &Train,
    teacher: Option<&Outcome>,
    context: &Context,
    nodes: &mut Nodes,
) -> Result<Outcome, PlanError> {
    let teacher = teacher.map(Outcome::last);
    let origin = nodes.origin(name, &train.model, &context.data)?;
    let settings = train.settings();
    let training = context.resolve(settings.clone());
    let key = Key::of_node(&TrainKey {
        backend: context.backend,
        data: &context.key,
        seed: context.seed,
        stage: name,
        graph: origin.digest,
        training: &training,
        teacher,
    });
    let node = nodes.add(Node {
        key,
        stage: name.into(),
        round: 0,
        seed: context.seed,
        data: Arc::clone(&context.data),
        origin: Arc::clone(&origin),
        steps: training.steps,
        requested: 0.0,
        work: Work::Train { training, teacher },
    });
    let (asked, teacher) = (AskedSparsity::dense(), train.teacher.clone());
    Ok(Outcome { nodes: vec![node], origin, settings, teacher, asked, root: node })
}

/// How the rounds of a `prune` stage recover, with what is taken from the stage before it.
pub(super) struct Recovering {
    settings: Settings,
    training: Arc<Training>,
    /// The stage that teaches, whether or not anything here asks it.
    teacher: Option<String>,
    /// Whether the recovery or the importance asks the teacher.
    is_taught: bool,
}

impl Recovering {
    pub fn new(prune: &Prune, from: &Outcome, context: &Context) -> Self {
        let settings = prune.recover.as_ref().map_or_else(Settings::default, Recover::settings);
        let settings = settings.over(from.settings.clone());
        let teacher = prune.recover.as_ref().and_then(|recover| recover.teacher.clone());
        let teacher = teacher.or_else(|| from.teacher.clone());
        let mut lasting = settings.clone();
        if prune.recover.is_none() {
            lasting.length = Some(Duration::steps(0));
        }
        let training = context.resolve(lasting);
        let is_taught = prune.recover.is_some()
            || prune.importance.needs().loss() && !training.loss.need_teacher().is_empty();
        Self { settings, training, teacher, is_taught }
    }

    /// The stage that is asked, where one is.
    pub fn teacher(&self) -> Option<&str> {
        self.teacher.as_deref().filter(|_| self.is_taught)
    }
}

/// The rounds of a `prune` stage.
pub(super) fn prune(
    name: &str,
    prune: &Prune,
    from: &Outcome,
    recovering: Recovering,
    teacher: Option<&Outcome>,
    context: &Context,
    nodes: &mut Nodes,
) -> Result<Outcome, PlanError> {
    let origin = Arc::clone(&from.origin);
    let teacher = teacher.map(Outcome::last);
    let recovery = recovery(name, prune.recover.as_ref(), nodes.get(from.root), context)?;
    let training = recovering.training;
    let steps = match recovery {
        Recovery::Absent | Recovery::FineTune => training.steps,
        Recovery::Rewind(rewind) => training.steps.saturating_sub(rewind.step),
    };
    let layers: Arc<[String]> = prune.layers.select(&origin.graph.prunable()).into();
    let costs: Vec<LayerCost> =
        origin.cost.layers.iter().filter(|layer| layers.contains(&layer.name)).cloned().collect();
    let mut asked = from.asked.clone();
    let mut last = from.last();
    let mut rounds = Vec::new();
    for number in 1..=prune.schedule.rounds() {
        let request = prune.allocation.request(&prune.schedule, prune.target, number, &costs);
        asked = asked.after(&request, &costs);
        let round = Round {
            from: last,
            pruning: Arc::new(Pruning {
                importance: prune.importance.clone(),
                granularity: prune.granularity,
                reduction: Reduction::default(),
                request,
                layers: Arc::clone(&layers),
            }),
            training: Arc::clone(&training),
            teacher,
            recovery,
        };
        last = nodes.add(Node {
            key: round_key(name, number, &round),
            stage: name.into(),
            round: number,
            seed: context.seed,
            data: Arc::clone(&context.data),
            origin: Arc::clone(&origin),
            steps,
            requested: asked.share(&origin.cost.layers),
            work: Work::Round(round),
        });
        rounds.push(last);
    }
    let Recovering { settings, teacher, .. } = recovering;
    Ok(Outcome { nodes: rounds, origin, settings, teacher, asked, root: from.root })
}

/// What `recover` says of a chain that begins with the training `root`.
fn recovery(
    name: &str,
    recover: Option<&Recover>,
    root: &Node,
    context: &Context,
) -> Result<Recovery, PlanError> {
    let Some(recover) = recover else { return Ok(Recovery::Absent) };
    let Some(rewind) = recover.rewind else { return Ok(Recovery::FineTune) };
    let training = root.training();
    let step = rewind.in_steps(steps_per_epoch(context.train, training.batch));
    if step > training.steps {
        let (stage, root) = (name.to_owned(), root.stage.to_string());
        return Err(PlanError::Rewind { stage, root, step, steps: training.steps });
    }
    Ok(Recovery::Rewind(Rewind { root: root.key, step }))
}

fn round_key(stage: &str, number: u32, round: &Round) -> Key {
    let (needs, training) = (round.pruning.importance.needs(), &round.training);
    let recovery = match round.recovery {
        Recovery::Absent => None,
        Recovery::FineTune => Some(RecoveryKey { training: &round.training, rewind: None }),
        Recovery::Rewind(Rewind { root, step }) => {
            Some(RecoveryKey { training: &round.training, rewind: Some((root, step)) })
        }
    };
    Key::of_node(&RoundKey {
        from: round.from,
        stage,
        round: number,
        pruning: &round.pruning,
        batch: needs.batches().then_some(training.batch),
        loss: needs.loss().then_some((&training.loss, training.label_smoothing)),
        teacher: round.teacher,
        recovery,
    })
}
