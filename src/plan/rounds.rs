//! The rounds of a `prune` stage, and all that they have in common.

use super::key::{RecalibrationKey, RecoveryKey, RoundKey, TeacherKeys};
use super::{Key, Node, Origin, Recovery, Rewind, Round, Work};
use crate::data::Data;
use crate::model::LayerCost;
use crate::prune::{Allocation, AskedSparsity, Request, Requested, Sparsity, Target, Way};
use crate::spec::Prune;
use crate::train::{OptimizerState, RecoveryBudget, Stretch, Training};
use std::sync::Arc;

/// What the rounds of a `prune` stage have in common: enough to make the node of any of them, those too that a search
/// thinks of while it runs.
#[derive(Clone, Debug)]
pub struct Rounds {
    pub(super) stage: Arc<str>,
    pub(super) seed: u64,
    pub(super) data: Arc<Data>,
    pub(super) origin: Arc<Origin>,
    pub(super) prune: Prune,
    /// The layers that it prunes, and what they cost before anything was removed.
    pub(super) layers: Arc<[String]>,
    pub(super) costs: Vec<LayerCost>,
    pub(super) training: Arc<Training>,
    pub(super) teachers: Arc<[Key]>,
    pub(super) recovery: Recovery,
    /// The node whose network the stage prunes.
    pub(super) from: Key,
    /// What was asked for before the stage.
    pub(super) asked: AskedSparsity,
}

impl Rounds {
    /// The rounds of the schedule in order, and what was asked for by the end of the last.
    pub fn of_schedule(&self) -> (Vec<Node>, AskedSparsity) {
        let (mut from, mut asked, mut nodes) = (self.from, self.asked.clone(), Vec::new());
        for number in 1..=self.prune.schedule.rounds() {
            let (node, after) = self.round(&self.prune, number, from, &asked);
            (from, asked) = (node.key, after);
            nodes.push(node);
        }
        (nodes, asked)
    }

    /// The round of a stage that aims at `sparsity` at once.
    pub fn at(&self, sparsity: Sparsity) -> Node {
        let prune = Prune { target: Some(Target::Sparsity(sparsity)), ..self.prune.clone() };
        self.round(&prune, 1, self.from, &self.asked).0
    }

    /// How many rounds the schedule has.
    pub(super) fn count(&self) -> u32 {
        self.prune.schedule.rounds()
    }

    /// How a sparsity is divided among the layers.
    pub(super) fn allocation(&self) -> &Allocation {
        &self.prune.allocation
    }

    /// The layers that the stage prunes, as they were before anything was removed.
    pub fn layers(&self) -> &[LayerCost] {
        &self.costs
    }

    /// Round `number` of `prune`, which prunes the network of node `from`, of which `before` was asked; and what was asked
    /// for then.
    fn round(&self, prune: &Prune, number: u32, from: Key, before: &AskedSparsity) -> (Node, AskedSparsity) {
        let (origin, costs) = (&self.origin, &self.costs);
        let request = prune.request(self.asked.start(), number, &origin.cost, costs);
        let asked = before.after(&request, &origin.cost, costs);
        let requested = requested(prune.target, &request, before, &asked, costs);
        let round = Round {
            from,
            pruning: Arc::new(prune.pruning(request, Arc::clone(&self.layers))),
            training: Arc::clone(&self.training),
            teachers: Arc::clone(&self.teachers),
            recovery: self.recovery,
        };
        let node = Node {
            key: round_key(&self.stage, number, &round),
            stage: Arc::clone(&self.stage),
            round: number,
            seed: self.seed,
            data: Arc::clone(&self.data),
            origin: Arc::clone(origin),
            steps: self.expected_steps(&asked),
            requested: Some(requested),
            expected_sparsity: asked.share(&origin.cost.layers),
            work: Work::Round(round),
        };
        (node, asked)
    }

    /// Steps of the recovery, as far as is known before anything is pruned: how small the network is by then follows
    /// from what was asked for, as if every weight cost the same.
    fn expected_steps(&self, asked: &AskedSparsity) -> u64 {
        let (steps, original) = (self.training.steps - self.recovery.start(), &self.origin.cost);
        match self.training.budget {
            RecoveryBudget::EqualSteps => steps,
            RecoveryBudget::EqualMacs => {
                Stretch { by: original.macs, of: asked.expected_macs(original) }.steps(steps)
            }
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
        (Request::Budget { .. }, None) => unreachable!("a target asks for budgets"),
        (Request::Threshold(threshold), _) => Requested { target: "threshold", value: Some(*threshold) },
        (
            Request::Overall(_)
            | Request::Layers(_)
            | Request::Spread { .. }
            | Request::Scan { .. }
            | Request::Groups { .. },
            _,
        ) => Requested { target: "sparsity", value: after.known_share(layers) },
    }
}

fn round_key(stage: &str, number: u32, round: &Round) -> Key {
    let (needs, training) = (round.pruning.importance.needs(), &*round.training);
    let loss = round.scored_loss();
    let trained = |start, rewind, optimizer_state| RecoveryKey { training, start, rewind, optimizer_state };
    let (recovery, recalibration) = match round.recovery {
        Recovery::Absent => (None, None),
        Recovery::Recalibrate => (None, recalibration_key(training)),
        Recovery::FineTune { start } => (Some(trained(start, None, OptimizerState::default())), None),
        Recovery::Rewind(Rewind { root, step, optimizer_state }) => {
            (Some(trained(0, Some((root, step)), optimizer_state)), None)
        }
    };
    Key::of_node(&RoundKey {
        from: round.from,
        stage,
        round: number,
        pruning: &round.pruning,
        batch: needs.batches().then_some(training.batch),
        loss: needs.loss().then_some(&loss),
        teaching: Some(&training.teaching).filter(|teaching| needs.loss() && !teaching.is_of_one_at_most()),
        teacher: TeacherKeys(&round.teachers),
        recovery,
        recalibration,
    })
}

fn recalibration_key(training: &Training) -> Option<RecalibrationKey> {
    let &Training { batch, samples_per_class, weights, init, .. } = training;
    let key = |recalibrate| RecalibrationKey { recalibrate, batch, samples_per_class, weights, init };
    training.recalibrate.map(key)
}
