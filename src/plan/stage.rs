//! The nodes of one stage at one point of the sweep.

use super::context::Context;
use super::key::{TeacherKeys, TrainKey};
use super::nodes::Nodes;
use super::{Candidates, Key, Node, Origin, PlanError, Recovery, Rewind, Rounds, Search, Work};
use crate::distill::Teaching;
use crate::model::Init;
use crate::prune::{AskedSparsity, Limit, Masking, Requested, Schedule, Sparsity, Target};
use crate::spec::{Prune, Recover, Train};
use crate::train::{Continuation, Lineage, RecoveryWeights, Retraining, Settings, Training};
use std::sync::Arc;

/// What a stage gives to the stages that build on it.
#[derive(Debug)]
pub(super) struct StageOutcome {
    /// A training, or every round in order.
    pub nodes: Vec<Key>,
    origin: Arc<Origin>,
    /// What a recovery that says nothing takes over.
    lineage: Lineage,
    asked: AskedSparsity,
    /// How the initial weights were drawn.
    init: Init,
    /// The training at the root of the chain.
    root: Key,
}

impl StageOutcome {
    /// The node whose network the stage yields.
    fn last(&self) -> Key {
        *self.nodes.last().expect("a stage has nodes")
    }
}

/// The training of a `train` stage.
pub(super) fn training(train: &Train, context: &Context) -> Training {
    Training { init: train.init, ..context.resolve(&train.settings()) }
}

/// The one node of a `train` stage with this `training`, whose teachers are `teachers` in their order.
pub(super) fn train(
    name: &str,
    train: &Train,
    training: Training,
    teachers: &[Arc<StageOutcome>],
    context: &Context,
    nodes: &mut Nodes,
) -> Result<StageOutcome, PlanError> {
    let teachers = networks(teachers);
    let origin = nodes.origin(name, &train.model, &context.data)?;
    let peers = peers(name, train, &training, context, nodes)?;
    let digests: Vec<Key> = peers.iter().map(|peer| peer.digest).collect();
    let training = nodes.training(training);
    let key = Key::of_node(&TrainKey {
        backend: context.backend,
        data: &context.key,
        seed: context.seed,
        stage: name,
        graph: origin.digest,
        training: &training,
        teacher: TeacherKeys(&teachers),
        peers: &digests,
    });
    let node = nodes.add(Node {
        key,
        stage: name.into(),
        round: 0,
        seed: context.seed,
        data: Arc::clone(&context.data),
        origin: Arc::clone(&origin),
        steps: training.steps,
        requested: None,
        expected_sparsity: 0.0,
        work: Work::Train { training, teachers, peers },
    });
    let (asked, lineage) = (AskedSparsity::dense(), Lineage::new(train.settings(), context.train));
    Ok(StageOutcome { nodes: vec![node], origin, lineage, asked, init: train.init, root: node })
}

/// The networks that train beside that of the stage `name`: none, where no term of the loss looks at them.
fn peers(
    name: &str,
    train: &Train,
    training: &Training,
    context: &Context,
    nodes: &mut Nodes,
) -> Result<Arc<[Arc<Origin>]>, PlanError> {
    let are_heard = !training.loss.need_teacher().is_empty();
    let models = train.peers.as_ref().filter(|_| are_heard).map(|peers| peers.models(&train.model));
    models.iter().flatten().map(|model| nodes.origin(name, model, &context.data)).collect()
}

/// The nodes whose networks `stages` yield.
fn networks(stages: &[Arc<StageOutcome>]) -> Arc<[Key]> {
    stages.iter().map(|stage| stage.last()).collect()
}

/// How the rounds of a `prune` stage recover, with what is taken from the stages before it.
pub(super) struct Recovering {
    lineage: Lineage,
    training: Training,
    recovery: Recovery,
}

impl Recovering {
    pub fn new(name: &str, prune: &Prune, from: &StageOutcome, context: &Context) -> Result<Self, PlanError> {
        // Where nothing trains, only the importance may ask a teacher.
        let without_steps = |training: Training, recovery| {
            let Training { loss, teaching, .. } = training;
            let loss = loss.of_logits();
            let teaching = match prune.importance.needs().loss() {
                true => teaching.of(&loss),
                false => Teaching::default(),
            };
            let training = Training { steps: 0, loss: teaching.named_in(loss), teaching, ..training };
            Self { lineage: from.lineage.clone(), training, recovery }
        };
        let Some(recover) = &prune.recover else {
            let held = from.lineage.held(&Settings::default());
            return Ok(without_steps(context.resolve(&held), Recovery::Absent));
        };
        let weights = recover.weights;
        let init = match weights {
            RecoveryWeights::Kept => Init::default(),
            RecoveryWeights::Reinitialized => from.init,
        };
        let of_recovery = |training| Training {
            init,
            weights,
            budget: recover.budget,
            samples_per_class: recover.samples_per_class,
            recalibrate: recover.recalibrate,
            ..training
        };
        let images = recover.images(context.train, context.data.source.shape().classes);
        if !recover.trains() {
            let settings = from.lineage.held(&recover.settings());
            let training = of_recovery(settings.resolve(images, context.validation));
            return Ok(without_steps(training, Recovery::Recalibrate));
        }
        let retraining = recover.retraining();
        let continued = from.lineage.continued(&recover.settings(), retraining, images);
        let Continuation { settings, start } =
            continued.map_err(|source| PlanError::Retraining { stage: name.to_owned(), source })?;
        let recovery = match retraining {
            Retraining::FineTune | Retraining::LrRewind(_) => Recovery::FineTune { start },
            Retraining::Rewind(_) => {
                let optimizer_state = recover.optimizer_state.unwrap_or_default();
                Recovery::Rewind(Rewind { root: from.root, step: start, optimizer_state })
            }
        };
        let mut training = of_recovery(settings.resolve(images, context.validation));
        let length = training.steps - recovery.start();
        training.masking = masking(prune, recover, &settings, length, images);
        Ok(Self { lineage: from.lineage.then(settings, images), training, recovery })
    }

    /// What recovers; where nothing trains, only the importance may ask a teacher.
    pub fn training(&self) -> &Training {
        &self.training
    }
}

/// How masks change in a recovery of `length` steps, on `images` training images.
fn masking(
    prune: &Prune,
    recover: &Recover,
    settings: &Settings,
    length: u64,
    images: usize,
) -> Option<Masking> {
    let in_steps = |duration| settings.in_steps(duration, images);
    match (&prune.schedule, &recover.regrow) {
        (Schedule::Cubic(cubic), _) => Some(Masking::Cubic(cubic.ramp(in_steps))),
        (Schedule::OneShot | Schedule::Linear(_) | Schedule::Geometric(_), Some(regrow)) => {
            Some(Masking::of_regrow(regrow, regrow.regrowth(length, in_steps)))
        }
        (Schedule::OneShot | Schedule::Linear(_) | Schedule::Geometric(_), None) => None,
    }
}

/// The rounds of a `prune` stage, or the search among them.
pub(super) fn prune(
    name: &str,
    prune: &Prune,
    from: &StageOutcome,
    recovering: Recovering,
    teachers: &[Arc<StageOutcome>],
    context: &Context,
    nodes: &mut Nodes,
) -> Result<StageOutcome, PlanError> {
    let origin = Arc::clone(&from.origin);
    let Recovering { lineage, training, recovery } = recovering;
    let layers = nodes.layers(prune.layers.select(&origin.graph.prunable()));
    let rounds = Rounds {
        stage: name.into(),
        seed: context.seed,
        data: Arc::clone(&context.data),
        prune: prune.clone(),
        costs: origin.cost.layers.iter().filter(|layer| layers.contains(&layer.name)).cloned().collect(),
        layers,
        training: nodes.training(training),
        teachers: networks(teachers),
        recovery,
        from: from.last(),
        asked: from.asked.clone(),
        origin: Arc::clone(&origin),
    };
    let (added, asked) = match (prune.target.and_then(Target::search), prune.schedule.until()) {
        (None, None) => rounds.of_schedule(),
        (Some((limit, probes)), _) => {
            let half = Sparsity::try_from(0.5).expect("it is a share");
            let probe = rounds.at(half);
            searched(vec![probe], rounds, limit, Candidates::Sparsities { probes })
        }
        (None, Some(limit)) => searched(rounds.of_schedule().0, rounds, limit, Candidates::Rounds),
    };
    let added = added.into_iter().map(|node| nodes.add(node)).collect();
    Ok(StageOutcome { nodes: added, origin, lineage, asked, init: from.init, root: from.root })
}

/// The search among `rounds`, some of which have the nodes `some`; and what was asked for by its end.
fn searched(
    some: Vec<Node>,
    rounds: Rounds,
    limit: Limit,
    candidates: Candidates,
) -> (Vec<Node>, AskedSparsity) {
    let asked = rounds.asked.after_search(&rounds.costs);
    let (first, keys) = (some[0].clone(), some.iter().map(|node| node.key).collect());
    let round = first.pruned().expect("it is a round").clone();
    let search = Search { from: rounds.from, limit, candidates, rounds, round };
    let node = Node {
        key: search.key(&first.stage, keys),
        round: 0,
        steps: search.steps(),
        requested: Some(Requested { target: limit.name(), value: Some(limit.within()) }),
        expected_sparsity: asked.share(&first.origin.cost.layers),
        work: Work::Search(Arc::new(search)),
        ..first
    };
    (vec![node], asked)
}
