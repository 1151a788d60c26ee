//! The nodes of one stage at one point of the sweep.

use super::context::Context;
use super::key::TrainKey;
use super::nodes::Nodes;
use super::{Candidates, Key, Node, Origin, PlanError, Recovery, Rewind, Rounds, Search, Work};
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

/// The one node of a `train` stage.
pub(super) fn train(
    name: &str,
    train: &Train,
    teacher: Option<&StageOutcome>,
    context: &Context,
    nodes: &mut Nodes,
) -> Result<StageOutcome, PlanError> {
    let teacher = teacher.map(StageOutcome::last);
    let origin = nodes.origin(name, &train.model, &context.data)?;
    let training = nodes.training(Training { init: train.init, ..context.resolve(&train.settings()) });
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
        requested: None,
        expected_sparsity: 0.0,
        work: Work::Train { training, teacher },
    });
    let (asked, lineage) = (AskedSparsity::dense(), Lineage::new(train.settings(), context.train));
    Ok(StageOutcome { nodes: vec![node], origin, lineage, asked, init: train.init, root: node })
}

/// How the rounds of a `prune` stage recover, with what is taken from the stages before it.
pub(super) struct Recovering {
    lineage: Lineage,
    training: Training,
    recovery: Recovery,
    /// The stage that teaches, where the recovery or the importance asks it.
    teacher: Option<String>,
}

impl Recovering {
    pub fn new(name: &str, prune: &Prune, from: &StageOutcome, context: &Context) -> Result<Self, PlanError> {
        // Where nothing trains, only the importance may ask a teacher.
        let without_steps = |settings: &Settings, training: Training, recovery| {
            let asks =
                prune.importance.needs().loss() && !training.loss.of_logits().need_teacher().is_empty();
            let (lineage, teacher) = (from.lineage.clone(), settings.teacher.clone().filter(|_| asks));
            Self { lineage, training: Training { steps: 0, ..training }, recovery, teacher }
        };
        let Some(recover) = &prune.recover else {
            let held = from.lineage.held(&Settings::default());
            return Ok(without_steps(&held, context.resolve(&held), Recovery::Absent));
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
            return Ok(without_steps(&settings, training, Recovery::Recalibrate));
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
        let teacher = settings.teacher.clone();
        Ok(Self { lineage: from.lineage.then(settings, images), training, recovery, teacher })
    }

    /// The stage that is asked, where one is.
    pub fn teacher(&self) -> Option<&str> {
        self.teacher.as_deref()
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
    teacher: Option<&StageOutcome>,
    context: &Context,
    nodes: &mut Nodes,
) -> Result<StageOutcome, PlanError> {
    let origin = Arc::clone(&from.origin);
    let teacher = teacher.map(StageOutcome::last);
    let Recovering { lineage, training, recovery, .. } = recovering;
    let layers = nodes.layers(prune.layers.select(&origin.graph.prunable()));
    let rounds = Rounds {
        stage: name.into(),
        seed: context.seed,
        data: Arc::clone(&context.data),
        prune: prune.clone(),
        costs: origin.cost.layers.iter().filter(|layer| layers.contains(&layer.name)).cloned().collect(),
        layers,
        training: nodes.training(training),
        teacher,
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
