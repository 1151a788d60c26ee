//! A round of pruning: prunes the network of the node before it, and goes to where the recovery starts.

use super::failure::Failure;
use super::start::{Start, scope};
use super::train;
use super::upstream::Upstream;
use crate::distill::Objective;
use crate::draw::Draw;
use crate::kernel::Kernel;
use crate::plan::{Node, Round};
use crate::prune::{PruneError, Pruned, ScoringData, prune};
use crate::train::{Checkpoint, Control, OptimizerState};

/// Where the recovery after a round starts.
pub(super) fn start<'a, B: Kernel>(
    upstream: &impl Upstream<B>,
    node: &Node,
    round: &'a Round,
    control: &Control<'_>,
) -> Result<Start<'a>, Failure> {
    let parent = upstream.artifact(round.from, control)?;
    let teacher = round.teacher.map(|teacher| upstream.load(teacher, control)).transpose()?;
    let splits = upstream.splits(node)?;
    let draw = Draw::new(node.seed, format!("{}#{}", node.stage, node.round));
    let data = ScoringData {
        objective: Objective { loss: &round.training.loss, teacher: teacher.as_ref() },
        splits: &splits,
        batch: round.training.batch,
        draw: &draw,
        device: upstream.device(),
        stop: control.stop,
    };
    let pruned = prune(&round.pruning, parent.network, parent.masks, &node.origin.cost, &data);
    let Pruned { network, masks, slice } = pruned.map_err(|problem| match problem {
        PruneError::Interrupted => Failure::Interrupted,
        PruneError::NotANumber { .. } | PruneError::OutOfReach { .. } => Failure::error(problem),
    })?;
    let slice = parent.slice.then(&slice);
    let (checkpoint, draw) = match round.rewind() {
        None => (Checkpoint::start(network).afresh(round.recovery.start()), draw),
        Some(rewind) => {
            let root = upstream.node(rewind.root)?;
            let checkpoint = match rewind.step {
                0 => train::initial(root),
                step => upstream.checkpoint(root.key, step, control)?,
            };
            let checkpoint = checkpoint.sliced(&slice, network.graph());
            let checkpoint = match rewind.optimizer_state {
                OptimizerState::Restored => checkpoint,
                OptimizerState::Fresh => checkpoint.afresh(rewind.step),
            };
            (checkpoint, scope(root))
        }
    };
    Ok(Start {
        training: &round.training,
        checkpoint: checkpoint.masked(masks),
        teacher: round.teacher,
        draw,
        slice,
    })
}
