//! The nodes of one stage at one point of the sweep.

use super::context::Context;
use super::key::{RecoveryKey, RoundKey, TrainKey};
use super::nodes::Nodes;
use super::{Key, Node, Origin, PlanError, Recovery, Rewind, Round, Work};
use crate::model::{Cost, Init, LayerCost};
use crate::prune::{AskedSparsity, Masking, Request, Requested, Schedule, Target, Way};
use crate::spec::{Prune, Recover, Train};
use crate::train::{
    Continuation, Lineage, OptimizerState, RecoveryBudget, RecoveryWeights, Retraining, Settings, Stretch,
    Training,
};
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
            let parent = from.lineage.parent();
            return Ok(without_steps(parent, context.resolve(parent), Recovery::Absent));
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
            let settings = recover.over(from.lineage.parent());
            let training = of_recovery(settings.resolve(images, context.validation));
            return Ok(without_steps(&settings, training, Recovery::FineTune { start: 0 }));
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

/// The rounds of a `prune` stage.
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
    let training = nodes.training(training);
    let layers = nodes.layers(prune.layers.select(&origin.graph.prunable()));
    let costs: Vec<LayerCost> =
        origin.cost.layers.iter().filter(|layer| layers.contains(&layer.name)).cloned().collect();
    let mut asked = from.asked.clone();
    let mut last = from.last();
    let mut rounds = Vec::new();
    for number in 1..=prune.schedule.rounds() {
        let request = prune.request(from.asked.start(), number, &origin.cost, &costs);
        let before = std::mem::take(&mut asked);
        asked = before.after(&request, &origin.cost, &costs);
        let requested = requested(prune.target, &request, &before, &asked, &costs);
        let round = Round {
            from: last,
            pruning: Arc::new(prune.pruning(request, Arc::clone(&layers))),
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
            steps: expected_steps(&training, recovery, &asked, &origin.cost),
            requested: Some(requested),
            expected_sparsity: asked.share(&origin.cost.layers),
            work: Work::Round(round),
        });
        rounds.push(last);
    }
    Ok(StageOutcome { nodes: rounds, origin, lineage, asked, init: from.init, root: from.root })
}

/// Steps of a recovery, as far as is known before anything is pruned: how small the network is by then follows from
/// what was asked for, as if every weight cost the same.
fn expected_steps(training: &Training, recovery: Recovery, asked: &AskedSparsity, original: &Cost) -> u64 {
    let steps = training.steps - recovery.start();
    match training.budget {
        RecoveryBudget::EqualSteps => steps,
        RecoveryBudget::EqualMacs => {
            Stretch { by: original.macs, of: asked.expected_macs(original) }.steps(steps)
        }
    }
}

/// What a stage with `target` asked for by the end of the round that makes `request`.
fn requested(
    target: Option<Target>,
    request: &Request,
    before: &AskedSparsity,
    after: &AskedSparsity,
    layers: &[LayerCost],
) -> Requested {
    let budget = target.and_then(Target::budget);
    match (request, budget) {
        (Request::Budget { way, .. }, Some((quantity, end))) => {
            let now = |way: Way| Some(way.left(before.left_of(quantity)?, end.share()));
            Requested { target: quantity.name(), value: way.map_or(Some(end.share()), now) }
        }
        (Request::Threshold(threshold), _) => Requested { target: "threshold", value: Some(*threshold) },
        _ => Requested { target: "sparsity", value: after.known_share(layers) },
    }
}

fn round_key(stage: &str, number: u32, round: &Round) -> Key {
    let (needs, training) = (round.pruning.importance.needs(), &*round.training);
    // What the importance takes gradients of.
    let loss = training.loss.of_logits();
    let recovery = match round.recovery {
        Recovery::Absent => None,
        Recovery::FineTune { start } => {
            Some(RecoveryKey { training, start, rewind: None, optimizer_state: OptimizerState::default() })
        }
        Recovery::Rewind(Rewind { root, step, optimizer_state }) => {
            Some(RecoveryKey { training, start: 0, rewind: Some((root, step)), optimizer_state })
        }
    };
    Key::of_node(&RoundKey {
        from: round.from,
        stage,
        round: number,
        pruning: &round.pruning,
        batch: needs.batches().then_some(training.batch),
        loss: needs.loss().then_some(&loss),
        teacher: round.teacher,
        recovery,
    })
}
