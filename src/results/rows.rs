//! The rows of `measurements`: what every network of every trial scored, those that a search tried too.

use crate::plan::{Candidates, Node, NodeId, Plan, Search};
use crate::prune::Verdict;
use crate::run::{Latencies, Latency, SearchLog, Summary, Tried};
use std::borrow::Cow;

/// One measurement: what one network scored in one trial.
pub(super) struct Row<'a> {
    pub trial: usize,
    pub point: &'a [u32],
    pub node: Cow<'a, Node>,
    pub summary: &'a Summary,
    pub part: Option<Part>,
    /// The worst validation loss or accuracy that is good enough for the search.
    pub limit: Option<f64>,
    /// `None` where it was not measured, as with all that a search does not give.
    pub latency: Option<Latency>,
}

/// What a network is of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Held,
    NotHeld,
    /// The one that the stage gives.
    Result,
}

impl Part {
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::NotHeld => "not-held",
            Self::Result => "result",
        }
    }

    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Held => Self::Held,
            Verdict::NotHeld => Self::NotHeld,
        }
    }
}

/// The rows of all nodes that have one of `summaries`, or have `tried` something, in the order of trials, stages and
/// rounds.
pub(super) fn rows<'a>(
    plan: &'a Plan,
    summaries: &'a [Option<Summary>],
    tried: &'a Tried,
    latencies: &Latencies,
) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for (trial, at) in plan.trials.iter().enumerate() {
        for &id in at.stages.iter().flat_map(|stage| &stage.nodes) {
            let (node, summary) = (&plan.nodes[id], summaries[id].as_ref());
            let row = |node, summary, part, limit| {
                let is_given = matches!(part, None | Some(Part::Result));
                let latency = latencies.by_node.get(id).copied().flatten().filter(|_| is_given);
                Row { trial, point: &at.point, node, summary, part, limit, latency }
            };
            match (node.search(), tried_by(id, summary, tried)) {
                (Some(search), Some((log, probes))) => rows.extend(
                    of_search(node, summary, search, (log, probes))
                        .into_iter()
                        .map(|(node, summary, part)| row(node, summary, part, Some(log.limit))),
                ),
                _ => rows.extend(summary.map(|summary| row(Cow::Borrowed(node), summary, None, None))),
            }
        }
    }
    rows
}

/// What the search `node` tried, which has this `summary` where it found something.
pub(super) fn tried_by<'a>(
    node: NodeId,
    summary: Option<&'a Summary>,
    tried: &'a Tried,
) -> Option<(&'a SearchLog, &'a [Option<Summary>])> {
    match summary {
        Some(summary) => summary.course.search.as_ref().map(|log| (log, &*summary.probes)),
        None => tried.by(node),
    }
}

/// What the search `node` tried, and what it found: of sparsities every probe, then the result; of the rounds of a
/// schedule each round, of which the last that held is the result.
fn of_search<'a>(
    node: &Node,
    summary: Option<&'a Summary>,
    search: &Search,
    (log, probes): (&SearchLog, &'a [Option<Summary>]),
) -> Vec<(Cow<'a, Node>, &'a Summary, Option<Part>)> {
    let (found, mut nodes) = (log.found(), log.nodes(search));
    let tried = nodes.iter().zip(&log.probes).zip(probes).enumerate();
    let tried = tried.filter_map(|(number, ((node, probe), numbers))| {
        let part = match (search.candidates, probe.verdict()) {
            (Candidates::Sparsities { .. }, verdict) => Some(Part::of(verdict)),
            (Candidates::Rounds, Verdict::Held) => (found == Some(number)).then_some(Part::Result),
            (Candidates::Rounds, Verdict::NotHeld) => Some(Part::NotHeld),
        };
        Some((Cow::Owned(node.clone()), numbers.as_ref()?, part))
    });
    let mut rows: Vec<_> = tried.collect();
    if let (Candidates::Sparsities { .. }, Some(found), Some(summary)) = (search.candidates, found, summary) {
        let result = Node { requested: node.requested, ..nodes.swap_remove(found) };
        rows.push((Cow::Owned(result), summary, Some(Part::Result)));
    }
    rows
}
