//! Claims that compare summaries of curves which do not go over the same sparsities.

use super::claimed::{cells, chains, curve};
use super::{Node, Plan};
use crate::format::real;
use crate::spec::PlannedClaim;
use std::collections::BTreeSet;

/// A warning for each claim that compares areas under curves that have other ends, or the largest of sparsities of which
/// others were tried: that says more of what was tried than of the methods. Of what a search finds nothing is known
/// before, nor of amounts of different quantities.
pub fn uneven_curves(plan: &Plan) -> Vec<String> {
    plan.claims
        .iter()
        .filter(|planned| planned.claim.is_of_summary())
        .filter_map(|planned| warning(plan, planned))
        .collect()
}

fn warning(plan: &Plan, planned: &PlannedClaim) -> Option<String> {
    let is_area = planned.claim.metric == "summary.area";
    let amounts = cells(planned).into_iter().map(|cell| amounts(&curve(plan, &chains(plan, cell)), is_area));
    let amounts: Vec<(&str, BTreeSet<String>)> = amounts.collect::<Option<_>>()?;
    let (first, rest) = amounts.split_first()?;
    let other = rest.iter().find(|(target, other)| *target == first.0 && *other != first.1)?;
    let shown =
        |amounts: &BTreeSet<String>| amounts.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (what, why) = match is_area {
        true => ("curves that end at", "an area is a mean over the whole curve"),
        false => ("curves with points at", "the largest sparsity is one of those that are tried"),
    };
    let name = &planned.claim.name;
    let (one, other) = (shown(&first.1), shown(&other.1));
    Some(format!("claim {name} compares {what} other amounts of pruning ({one} and {other}): {why}"))
}

/// The quantity, and how much of it is asked for at the points of a curve, or at its ends; `None` where that is not known.
fn amounts<'a>(nodes: &[&'a Node], is_of_ends: bool) -> Option<(&'a str, BTreeSet<String>)> {
    let requested = nodes.iter().map(|node| node.requested.filter(|_| node.search().is_none()));
    let requested = requested.collect::<Option<Vec<_>>>()?;
    let target = requested.first()?.target;
    let values = requested.iter().map(|requested| requested.value.filter(|_| requested.target == target));
    let mut values: Vec<f64> = values.collect::<Option<_>>()?;
    values.sort_by(f64::total_cmp);
    if let (true, Some(&first), Some(&last)) = (is_of_ends, values.first(), values.last()) {
        values = vec![first, last];
    }
    // What rounds of a schedule come to is the same as what is written, but for rounding.
    Some((target, values.into_iter().map(|value| real((1e6 * value).round() / 1e6)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;

    fn warnings(metric: &str, sparse: &str, other: &str) -> Vec<String> {
        uneven_curves(&planned(&format!(
            r#"
            title = "A case"
            data.source.synthetic = {{ train = 100, test = 20 }}
            [stage.dense.train]
            model.mlp = {{ hidden = [10] }}
            epochs = 1
            [stage.sparse.prune]
            from = "dense"
            importance = "magnitude"
            target.sparsity = 0.5
            [stage.other.prune]
            from = "dense"
            importance = "magnitude"
            {other}
            [sweep]
            seed = [0, 1, 2]
            stage.sparse.prune.target.sparsity = [{sparse}]
            [[claim]]
            name = "a"
            text = "b"
            metric = "{metric}"
            of = {{ stage = "sparse" }}
            against = {{ stage = "other" }}
            expect.at-least = 0.0
            because = "c"
            "#
        )))
    }

    // Three rounds of half of what is left: 0.5, 0.75, 0.875.
    #[test]
    fn summaries_are_compared_over_the_same_sparsities() {
        let other = "schedule.geometric = { rate = 0.5, rounds = 3 }";
        let (area, drop) = ("summary.area", "summary.sparsity-at-drop");
        assert!(warnings(area, "0.5, 0.75, 0.875", other).is_empty());
        assert!(warnings(drop, "0.5, 0.75, 0.875", other).is_empty());
        assert!(warnings(area, "0.5, 0.6, 0.875", other).is_empty());
        assert_eq!(
            warnings(drop, "0.5, 0.6, 0.875", other),
            [
                "claim a compares curves with points at other amounts of pruning (0.5, 0.6, 0.875 and 0.5, 0.75, 0.875): \
              the largest sparsity is one of those that are tried"
            ]
        );
        assert_eq!(
            warnings(area, "0.5, 0.9", other),
            [
                "claim a compares curves that end at other amounts of pruning (0.5, 0.9 and 0.5, 0.875): an area is a mean \
              over the whole curve"
            ]
        );
        assert!(
            warnings(
                area,
                "0.5, 0.9",
                "granularity = \"channel\"\ntarget.macs = 0.5\nschedule.linear = { rounds = 2 }"
            )
            .is_empty()
        );
    }
}
