//! The networks that a claim is about, as nodes of the plan.

use super::{Node, NodeId, Plan};
use crate::spec::{Cell, PlannedClaim, Subject};

/// What a claim compares; nothing where that is not in this run.
pub(super) fn cells(planned: &PlannedClaim) -> Vec<&Cell> {
    match &planned.subject {
        Subject::Difference { of, against } => vec![of, against],
        Subject::Published { of, published: _ } => vec![of],
        Subject::Order(cells) => cells.iter().collect(),
        Subject::NotRun(_) => Vec::new(),
    }
}

/// The nodes of the stage of `cell`, with its values, in each trial of one seed.
pub(super) fn chains<'a>(plan: &'a Plan, cell: &Cell) -> Vec<&'a [NodeId]> {
    let Some(stage) = plan.stages.iter().position(|name| *name == cell.stage) else { return Vec::new() };
    let values: Option<Vec<(usize, u32)>> = cell.values.iter().map(|value| index(plan, value)).collect();
    let Some(values) = values else { return Vec::new() };
    let fits = |point: &[u32]| values.iter().all(|&(axis, value)| point[axis] == value);
    let mut trials = plan.trials.iter().filter(|trial| fits(&trial.point)).peekable();
    let seed = trials.peek().map(|trial| trial.seed);
    trials.filter(|trial| Some(trial.seed) == seed).map(|trial| &*trial.stages[stage].nodes).collect()
}

/// An axis and the index of its value, from its key and the value.
fn index(plan: &Plan, (key, value): (&String, &serde_json::Value)) -> Option<(usize, u32)> {
    let axis = plan.axes.iter().position(|axis| axis.key == *key)?;
    let value = plan.axes[axis].values.iter().position(|known| known == value)?;
    Some((axis, value as u32))
}

/// The nodes along the curve of the method that `chains` are: the last ones of several settings, or all of one.
pub(super) fn curve<'a>(plan: &'a Plan, chains: &[&[NodeId]]) -> Vec<&'a Node> {
    let mut last: Vec<NodeId> = chains.iter().filter_map(|chain| chain.last().copied()).collect();
    last.sort_unstable();
    last.dedup();
    let nodes = if last.len() > 1 { &last } else { chains.first().copied().unwrap_or_default() };
    nodes.iter().map(|&id| &plan.nodes[id]).collect()
}
