//! Teachers that a file names and that no loss looks at.

use super::Plan;

/// A warning for each stage that names a teacher which no term of its loss looks at, in any trial: a teacher alone
/// changes nothing.
pub fn unheard_teachers(plan: &Plan) -> Vec<String> {
    let stages = plan.experiment["stage"].as_object().into_iter().flatten();
    let warning = |(name, stage): (&String, &serde_json::Value)| {
        let place = ["train", "prune.recover"].into_iter().find(|place| {
            let settings = place.split('.').fold(stage, |value, key| &value[key]);
            !settings["teacher"].is_null()
        })?;
        let mut nodes = plan.nodes.values().filter(|node| *node.stage == **name).peekable();
        nodes.peek()?;
        nodes.all(|node| node.teachers().is_empty()).then(|| {
            format!(
                "`stage.{name}.{place}.teacher` changes nothing: no term of the loss looks at it; add one, such as \
                 `loss.soft-labels = {{ weight = 0.9, temperature = 4.0 }}`"
            )
        })
    };
    stages.filter_map(warning).collect()
}
