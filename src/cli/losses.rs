//! What the trainings of a plan minimize: each mix of losses, and the formulas of its terms.

use super::wrapped::{width, wrapped};
use crate::distill::loss::formula;
use crate::distill::{LossMix, Teaching};
use crate::output;
use crate::plan::{Node, Origin, Plan, label};
use crate::train::Training;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the trainings of a plan minimize.
#[derive(Serialize)]
pub(super) struct Losses<'a> {
    /// The mixes of each stage, in the order in which trials have them.
    stages: IndexMap<&'a str, Vec<String>>,
    /// Which nodes the terms of each stage compare, where they look inside.
    compared: IndexMap<&'a str, Vec<String>>,
    /// The formula of each term, by its name.
    formulas: BTreeMap<&'a str, String>,
}

/// Of the trainings of `plan` that take steps.
pub(super) fn losses(plan: &Plan) -> Losses<'_> {
    let mut stages: IndexMap<&str, Vec<String>> = IndexMap::new();
    let mut compared: IndexMap<&str, Vec<String>> = IndexMap::new();
    let mut terms: Vec<&str> = Vec::new();
    for node in plan.nodes.values().filter(|node| node.steps > 0) {
        let Training { loss, teaching, .. } = node.training();
        let mixes = stages.entry(&node.stage).or_default();
        let mix = format!("{}{}", shown(loss, teaching), peers(node));
        if !mixes.contains(&mix) {
            mixes.push(mix);
        }
        for (term, pairs) in plan.compared(node) {
            let pairs = pairs.into_iter().map(|[own, other]| format!("{own} with {other}"));
            let said = format!("{term} compares {}", pairs.collect::<Vec<_>>().join(", "));
            let known = compared.entry(&node.stage).or_default();
            if !known.contains(&said) {
                known.push(said);
            }
        }
        terms.extend(loss.names());
    }
    let formulas = terms.into_iter().filter_map(|name| Some((name, formula(name)?)));
    Losses { stages, compared, formulas: formulas.collect() }
}

/// Prints them, unless all there is is cross-entropy.
pub(super) fn show(plan: &Plan) {
    let Losses { stages, compared, formulas } = losses(plan);
    if formulas.keys().all(|name| *name == "cross-entropy") {
        return;
    }
    let stage_width = width(12, stages.keys().copied());
    output::print(format!("\n  {:<stage_width$} loss", "stage"));
    for (stage, mixes) in stages {
        for (number, mix) in mixes.iter().enumerate() {
            output::print(format!("  {:<stage_width$} {mix}", if number == 0 { stage } else { "" }));
        }
        for said in compared.get(stage).into_iter().flatten() {
            output::print(wrapped(said, stage_width + 3));
        }
    }
    output::print("");
    let term_width = width(14, formulas.keys().copied());
    for (name, formula) in formulas {
        let text = wrapped(&formula, term_width + 3);
        output::print(format!("  {name:<term_width$} {}", text.trim_start()));
    }
}

/// `, with the peers mlp(hidden=[8])`, where networks train beside that of `node` and teach it.
fn peers(node: &Node) -> String {
    let model =
        |peer: &Arc<Origin>| label(&serde_json::to_value(&peer.model).expect("a model is plain data"));
    let peers: Vec<String> = node.peers().iter().map(model).collect();
    if peers.is_empty() { String::new() } else { format!(", with the peers {}", peers.join(", ")) }
}

/// `0.1 · cross-entropy + 0.9 · soft-labels(temperature=4), taught by dense`.
fn shown(loss: &LossMix, teaching: &Teaching) -> String {
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
    let terms = terms.collect::<Vec<_>>().join(" + ");
    match &teaching.stages().collect::<Vec<_>>()[..] {
        [] => terms,
        [teacher] => format!("{terms}, taught by {teacher}"),
        [..] => format!("{terms}, taught by {}", teaching.described(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::loss::{CrossEntropy, SoftLabels};
    use crate::plan::testing::planned;
    use serde_json::json;

    #[test]
    fn a_mix_reads_as_a_sum() {
        let mix = LossMix {
            cross_entropy: Some(CrossEntropy { weight: 0.1.into(), smoothing: 0.0 }),
            soft_labels: Some(SoftLabels::new(0.9, 4.0)),
            ..LossMix::EMPTY
        };
        let mix_alone = "0.1 · cross-entropy + 0.9 · soft-labels(temperature=4)";
        assert_eq!(shown(&mix, &Teaching::default()), mix_alone);
        let names = serde_json::from_value(json!("dense")).unwrap();
        let taught = Teaching::new(&mix, Some(&names), serde_json::from_value(json!({})).unwrap());
        assert_eq!(shown(&mix, &taught), format!("{mix_alone}, taught by dense"));
    }

    #[test]
    fn several_teachers_are_named_with_what_they_count() {
        let loss = json!({
            "soft-labels": { "weight": 0.9, "temperature": 4.0 },
            "features": { "weight": 10.0, "taps": { "fc1": "fc1" }, "teacher": "b" },
        });
        let mix: LossMix = serde_json::from_value(loss).unwrap();
        let names = serde_json::from_value(json!({ "a": 3.0, "b": 1.0 })).unwrap();
        let ensemble = serde_json::from_value(json!({ "weights": "entropy" })).unwrap();
        let expected = "10 · features(adapter=linear, taps(fc1=fc1), teacher=b) + 0.9 · soft-labels(temperature=4), \
                        taught by stages a (weight 0.75), b (weight 0.25) together by the mean of their softened \
                        outputs, weighed for each image by entropy";
        assert_eq!(shown(&mix, &Teaching::new(&mix, Some(&names), ensemble)), expected);
    }

    #[test]
    fn a_pattern_of_taps_is_shown_with_the_nodes_that_it_stands_for() {
        let plan = planned(
            r#"
            title = "A case"
            data.source.synthetic = { train = 40, test = 20 }
            [stage.teacher.train]
            model.resnet = { depth = 14 }
            epochs = 1
            [stage.student.train]
            model.resnet = { depth = 8 }
            epochs = 1
            teacher = "teacher"
            loss.features = { weight = 1.0, taps = { "layer*" = "layer*" } }
            "#,
        );
        let pairs = ["1", "2", "3"].map(|layer| format!("layer{layer}.0.relu2 with layer{layer}.1.relu2"));
        let compared = format!("features compares {}", pairs.join(", "));
        assert_eq!(losses(&plan).compared, IndexMap::from([("student", vec![compared])]));
    }
}
