//! A round of pruning: prunes the network of the node before it, and goes to where the recovery starts.

use super::failure::Failure;
use super::start::{Start, scope};
use super::train;
use super::upstream::Upstream;
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::model::{Cost, Slice, Trained};
use crate::plan::{Node, Round};
use crate::prune::{PruneError, Pruned, ScoringData, prune};
use crate::train::{Checkpoint, Control, OptimizerState, RecoveryBudget, RecoveryWeights, Stretch};
use indexmap::IndexMap;
use std::borrow::Cow;
use std::sync::Arc;

/// Where the recovery after a round starts.
pub(super) fn start<'a, B: Kernel>(
    upstream: &impl Upstream<B>,
    node: &'a Node,
    round: &'a Round,
    control: &Control<'_>,
) -> Result<Start<'a>, Failure> {
    let parent = upstream.artifact(round.from, control)?;
    let teachers = upstream.teachers(&round.training, &round.teachers, control)?;
    let splits = upstream.splits(node)?;
    let of_round = scope_of_round(node);
    let loss = round.scored_loss();
    let data = ScoringData {
        objective: Objective { loss: &loss, teachers: teachers.as_ref(), wiring: None },
        splits: &splits,
        batch: round.training.batch,
        draw: &of_round,
        device: upstream.device(),
        movement: None,
        stop: control.stop,
    };
    let pruned = match round.training.masking {
        Some(masking) if masking.prunes_later() => Ok(Pruned {
            network: parent.network,
            masks: parent.masks,
            slice: Slice::default(),
            scan: Vec::new(),
        }),
        Some(_) | None => prune(&round.pruning, parent.network, parent.masks, &node.origin.cost, &data),
    };
    let Pruned { network, masks, slice, scan } = pruned.map_err(|problem| match problem {
        PruneError::Interrupted => Failure::Interrupted,
        PruneError::NotANumber { .. } | PruneError::OutOfReach { .. } => Failure::impossible(problem),
        PruneError::Overflow | PruneError::NoLoss { .. } => Failure::impossible(problem),
    })?;
    let slice = parent.slice.then(&slice);
    let (checkpoint, draw) = match round.rewind() {
        None => (Checkpoint::start(network).afresh(round.recovery.start()), of_round.clone()),
        Some(rewind) => {
            let root = upstream.node(rewind.root)?;
            let checkpoint = match rewind.step {
                0 => train::initial(&root),
                step => upstream.checkpoint(root.key, step, control)?,
            };
            let (inside, of_root) = (round.training.loss.inside(), root.training().loss.inside());
            let goes_on = inside == of_root && *round.teachers == *root.teachers();
            let checkpoint = if goes_on { checkpoint } else { checkpoint.without_inside() };
            let checkpoint = checkpoint.sliced(&slice, network.graph());
            let checkpoint = match rewind.optimizer_state {
                OptimizerState::Restored => checkpoint,
                OptimizerState::Fresh => checkpoint.afresh(rewind.step),
            };
            (checkpoint, scope(&root))
        }
    };
    let checkpoint = match round.training.weights {
        RecoveryWeights::Kept => checkpoint,
        RecoveryWeights::Reinitialized => reinitialized(node, round, checkpoint),
    };
    let training = match round.training.budget {
        RecoveryBudget::EqualSteps => Cow::Borrowed(&*round.training),
        RecoveryBudget::EqualMacs => {
            let small = Cost::of(checkpoint.network.graph()).macs;
            Cow::Owned(round.training.stretched(Stretch { by: node.origin.cost.macs, of: small }))
        }
    };
    Ok(Start {
        training,
        checkpoint: checkpoint.masked(masks),
        teachers: &round.teachers,
        peers: Vec::new(),
        pruning: Some((&round.pruning, &node.origin.cost, of_round)),
        draw,
        slice,
        scan,
    })
}

/// Names the draws of a round.
fn scope_of_round(node: &Node) -> Draw {
    Draw::new(node.seed, format!("{}#{}", node.stage, node.round))
}

/// The same point of a training with initial weights that are drawn for this round, and no optimizer state.
fn reinitialized(node: &Node, round: &Round, checkpoint: Checkpoint) -> Checkpoint {
    let graph = Arc::clone(checkpoint.network.graph());
    let draw = scope_of_round(node).within("reinitialized");
    let weights = round.training.init.weights(&graph, &draw);
    let network = Trained::new(graph, weights).expect("initial weights are of their graph");
    let step = checkpoint.step;
    Checkpoint { network, beside: IndexMap::new(), ..checkpoint.afresh(step) }
}
