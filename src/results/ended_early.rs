//! Rounds that were not run because those before them were no longer good enough.

use crate::plan::{Candidates, Names, Plan};
use crate::prune::Verdict;
use crate::run::Summary;

/// A sentence for each stage, setting and seed whose rounds ended early.
pub(super) fn ended_early(plan: &Plan, names: &Names, summaries: &[Option<Summary>]) -> Vec<String> {
    let sentence = |(id, summary): (usize, &Option<Summary>)| {
        let (search, log) = (plan.nodes[id].search()?, summary.as_ref()?.course.search.as_ref()?);
        let (last, all) = (log.probes.last()?, search.most() as usize);
        let (next, name) = (log.probes.len() + 1, names.node(id));
        let was = match all.checked_sub(next)? {
            0 => format!("round {all} of {name} was"),
            _ => format!("rounds {next} to {all} of {name} were"),
        };
        let is_ended = search.candidates == Candidates::Rounds && last.verdict() == Verdict::NotHeld;
        is_ended.then(|| {
            let (within, quantity) = (search.limit.within(), search.limit.quantity());
            format!("{was} not needed: after round {} the {quantity} was not within {within} of that before pruning", last.round)
        })
    };
    summaries.iter().enumerate().filter_map(sentence).collect()
}
