//! Settings of who teaches that no loss makes anything of.

use super::{Node, Plan};
use crate::distill::TeacherNames;
use serde::Deserialize;
use serde_json::Value;

/// A warning for each stage that says who teaches, or how several do, of which no term of its loss hears in any trial:
/// that changes nothing.
pub fn unheard_teachers(plan: &Plan) -> Vec<String> {
    let stages = plan.experiment["stage"].as_object().into_iter().flatten();
    stages.flat_map(|(name, stage)| of_stage(plan, name, stage)).collect()
}

/// The warnings for the stage `name`, which is written as `stage`.
fn of_stage(plan: &Plan, name: &str, stage: &Value) -> Vec<String> {
    let nodes: Vec<&Node> = plan.nodes.values().filter(|node| *node.stage == *name).collect();
    let place = if stage["train"].is_null() { "prune.recover" } else { "train" };
    let settings = place.split('.').fold(stage, |value, key| &value[key]);
    let at = |key: &str| format!("stage.{name}.{place}.{key}");
    let is_swept = |key: &str| {
        let rests = plan.axes.iter().filter_map(|axis| axis.key.strip_prefix(&at(key)));
        rests.into_iter().any(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let is_said = |key: &str| !nodes.is_empty() && (!settings[key].is_null() || is_swept(key));
    let mut warnings = Vec::new();
    let unheard = |key: &str, it: &str| {
        format!(
            "`{}` changes nothing: no term of the loss looks at {it}; add one, such as `loss.soft-labels = {{ weight = \
             0.9, temperature = 4.0 }}`",
            at(key)
        )
    };
    let is_taught = nodes.iter().any(|node| !node.teachers().is_empty());
    if is_said("teacher") && !is_taught {
        warnings.push(unheard("teacher", "it"));
    }
    if is_said("peers") && nodes.iter().all(|node| node.peers().is_empty()) {
        warnings.push(unheard("peers", "them"));
    }
    if is_said("ensemble") && nodes.iter().all(|node| !node.training().teaching.are_several_together()) {
        warnings.push(format!(
            "`{}` changes nothing: no term of the loss looks at several teachers together",
            at("ensemble")
        ));
    }
    // Those that an axis names are all there to be compared.
    if is_taught && !is_swept("teacher") {
        let names = TeacherNames::deserialize(&settings["teacher"]).ok();
        let silent = names.iter().flat_map(TeacherNames::written).filter(|(_, stage)| {
            nodes.iter().all(|node| node.training().teaching.stages().all(|heard| heard != *stage))
        });
        warnings.extend(silent.map(|(_, stage)| {
            format!(
                "`{}` names `{stage}`, which teaches nothing: no term of the loss looks at it",
                at("teacher")
            )
        }));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;

    /// What is warned of where these are the settings of a student.
    fn warnings(student: &str) -> Vec<String> {
        let text = format!(
            r#"
            title = "A case"
            data.source.synthetic = {{ train = 100, test = 20 }}
            [stage.a.train]
            model.mlp = {{ hidden = [10] }}
            epochs = 1
            [stage.b.train]
            model.mlp = {{ hidden = [10] }}
            epochs = 1
            [stage.student.train]
            model.mlp = {{ hidden = [10] }}
            epochs = 1
            {student}
            "#
        );
        unheard_teachers(&planned(&text))
    }

    #[track_caller]
    fn assert_warns(student: &str, expected: &[&str]) {
        let found = warnings(student);
        let as_expected = found.iter().zip(expected).all(|(found, expected)| found.contains(expected));
        assert!(as_expected && found.len() == expected.len(), "{student}: {found:?}");
    }

    #[test]
    fn who_teaches_is_heard_or_warned_of() {
        let soft = "loss.soft-labels = { weight = 1.0, temperature = 4.0 }";
        let of_a = "loss.logits = { weight = 1.0, teacher = \"a\" }";
        let unheard = ["`stage.student.train.teacher` changes nothing"];
        assert_warns("teacher = \"a\"", &unheard);
        assert_warns("teacher = \"a\"\nloss = { cross-entropy = 1.0, logits = 0.0 }", &unheard);
        assert_warns(&format!("teacher = \"a\"\n{soft}"), &[]);
        assert_warns("peers = 1", &["`stage.student.train.peers` changes nothing"]);
        assert_warns(&format!("peers = 1\n{soft}"), &[]);
        let silent = ["`stage.student.train.teacher` names `b`, which teaches nothing"];
        assert_warns(&format!("teacher = {{ a = 1.0, b = 0.0 }}\n{soft}"), &silent);
        assert_warns(&format!("teacher = [\"a\", \"b\"]\n{of_a}"), &silent);
        assert_warns(&format!("teacher = [\"a\", \"b\"]\n{soft}"), &[]);
    }

    #[test]
    fn an_ensemble_is_of_several_teachers_or_warned_of() {
        let soft = "loss.soft-labels = { weight = 1.0, temperature = 4.0 }";
        let alone = ["`stage.student.train.ensemble` changes nothing"];
        let with = |teacher: &str| format!("{teacher}\nensemble.weights = \"entropy\"\n{soft}");
        assert_warns(&with("teacher = \"a\""), &alone);
        assert_warns(&with("teacher = [\"a\"]"), &alone);
        assert_warns(&with("teacher = [\"a\", \"b\"]"), &[]);
        assert_warns("ensemble.weights = \"entropy\"", &alone);
        // A trial that has two hears of it.
        let swept = "[sweep]\nstage.student.train.teacher = [\"a\", [\"a\", \"b\"]]";
        assert_warns(&format!("{}\n{swept}", with("teacher = \"a\"")), &[]);
        let swept =
            "[sweep]\nstage.student.train.ensemble = [{ mean = \"logits\" }, { weights = \"entropy\" }]";
        assert_warns(&format!("teacher = \"a\"\n{soft}\n{swept}"), &alone);
    }
}
