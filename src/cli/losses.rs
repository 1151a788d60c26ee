//! What the trainings of a plan minimize: each mix of losses, and the formulas of its terms.

use super::wrapped::wrapped;
use crate::distill::LossMix;
use crate::distill::loss::formula;
use crate::output;
use crate::plan::{Plan, label};
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// The mixes of one stage that are shown.
const MOST: usize = 12;

/// Prints them, unless all there is is cross-entropy.
pub(super) fn show(plan: &Plan) {
    let mut stages: IndexMap<&str, Vec<String>> = IndexMap::new();
    let mut terms: Vec<&str> = Vec::new();
    for node in plan.nodes.values().filter(|node| node.steps > 0) {
        let loss = &node.training().loss;
        let mixes = stages.entry(&node.stage).or_default();
        let mix = shown(loss);
        if !mixes.contains(&mix) {
            mixes.push(mix);
        }
        terms.extend(loss.names());
    }
    terms.sort_unstable();
    terms.dedup();
    if terms.iter().all(|name| *name == "cross-entropy") {
        return;
    }
    output::print("\n  stage        loss");
    for (stage, mixes) in stages {
        for (number, mix) in mixes.iter().take(MOST).enumerate() {
            output::print(format!("  {:<12} {mix}", if number == 0 { stage } else { "" }));
        }
        if mixes.len() > MOST {
            output::print(format!("  {:<12} and {} more", "", mixes.len() - MOST));
        }
    }
    output::print("");
    for (name, formula) in terms.into_iter().filter_map(|name| Some((name, formula(name)?))) {
        let text = wrapped(&formula, 17);
        output::print(format!("  {name:<14} {}", text.trim_start()));
    }
}

/// `0.1 · cross-entropy + 0.9 · soft-labels(temperature=4)`
fn shown(loss: &LossMix) -> String {
    let Ok(Value::Object(terms)) = serde_json::to_value(loss) else { return String::new() };
    let terms = terms.into_iter().map(|(name, settings)| {
        let Value::Object(mut settings) = settings else { return name };
        let weight = settings.remove("weight").unwrap_or_default();
        let rest = if settings.is_empty() {
            name
        } else {
            label(&Value::Object(Map::from_iter([(name, Value::Object(settings))])))
        };
        format!("{} · {rest}", label(&weight))
    });
    terms.collect::<Vec<_>>().join(" + ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::loss::{CrossEntropy, SoftLabels};

    #[test]
    fn a_mix_reads_as_a_sum() {
        let mix = LossMix {
            cross_entropy: Some(CrossEntropy { weight: 0.1.into(), smoothing: 0.0 }),
            soft_labels: Some(SoftLabels::new(0.9, 4.0)),
            ..LossMix::EMPTY
        };
        assert_eq!(shown(&mix), "0.1 · cross-entropy + 0.9 · soft-labels(temperature=4)");
    }
}
