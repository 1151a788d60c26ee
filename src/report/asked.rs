//! What `asked` is in the table of a stage, where it is not simply the target.

use super::markdown::code;
use super::written::written;
use crate::results::{Estimate, MeasuredStage, Measurements, Record, Setting, StageFacts};
use serde_json::Value;

/// Shares that differ by no more than this are printed as the same.
const SAME: f64 = 5e-5;
/// What rounding to whole weights of a layer can make.
const ROUNDING: f64 = 5e-3;

/// What was asked of a setting by the end of a round, and reached.
pub(super) struct Asked<'a> {
    pub setting: &'a Setting,
    pub round: i64,
    pub asked: Estimate,
    pub reached: Estimate,
}

/// A sentence on what `asked` is in the rows of `stage`, for each way in which it is not what a reader takes it for.
pub(super) fn note(
    record: &Record,
    measurements: &Measurements<'_>,
    stage: &MeasuredStage,
    rows: &[Asked<'_>],
) -> String {
    let Some(facts) = record.stages.iter().find(|facts| facts.name == stage.name) else {
        return String::new();
    };
    let mut said = Vec::new();
    let is_spread = |row: &Asked<'_>| {
        let target = target(record, measurements, stage, row.setting);
        let is_last = row.round == row.setting.last_round;
        is_last && target.is_some_and(|target| (row.asked.mean - target).abs() > SAME)
    };
    let is_of_some = facts.layers.is_some() || facts.swept.contains("layers");
    if rows.iter().any(is_spread) {
        said.push(
            "`asked` is the share of the weights of all layers that are pruned, taken together: it is not the target where the \
             allocation asks some of them for more or less than that."
                .to_owned(),
        );
    }
    if is_of_some && !rows.is_empty() {
        let layers = facts.layers.iter().flatten().map(|layer| code(layer)).collect::<Vec<_>>().join(", ");
        let layers =
            if facts.swept.contains("layers") { "the layers that are pruned".to_owned() } else { layers };
        said.push(format!(
            "`asked` is a share of the weights of {layers} alone, `sparsity` of all weights that can be pruned."
        ));
    }
    let had_less = |row: &Asked<'_>| row.reached.mean > row.asked.mean + ROUNDING;
    if !is_of_some && prunes_what_was_pruned(record, facts) && rows.iter().any(had_less) {
        said.push("`sparsity` is above `asked` where a stage before had removed more than that.".to_owned());
    }
    if said.is_empty() { String::new() } else { format!("\n{}\n", said.join(" ")) }
}

/// The sparsity that is the target of `stage` in `setting`.
fn target(
    record: &Record,
    measurements: &Measurements<'_>,
    stage: &MeasuredStage,
    setting: &Setting,
) -> Option<f64> {
    let key = format!("stage.{}.prune.target", stage.name);
    for (&axis, &value) in stage.axes.iter().zip(&setting.values) {
        let values = || record.axes.iter().find(|(key, _)| *key == measurements.axes[axis].key);
        match measurements.axes[axis].key.strip_prefix(&key) {
            Some("") => return values()?.1[value as usize]["sparsity"].as_f64(),
            Some(".sparsity") => return values()?.1[value as usize].as_f64(),
            Some(_) | None => {}
        }
    }
    match written(record, &stage.name, "prune.target") {
        Value::Object(target) => target.get("sparsity")?.as_f64(),
        _ => None,
    }
}

/// Whether the network that `facts` prunes comes from a stage that prunes.
fn prunes_what_was_pruned(record: &Record, facts: &StageFacts) -> bool {
    let from = record.stages.iter().find(|stage| Some(&stage.name) == facts.from.as_ref());
    from.is_some_and(|from| from.from.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::results_table::tables;
    use crate::report::testing::measured;

    /// The tables of an experiment whose stage `sparse` has `more`.
    fn said(more: &str) -> String {
        let text = format!(
            r#"
            title = "A case"
            data.source.synthetic = {{ train = 100, test = 20 }}
            [stage.dense.train]
            model.mlp = {{ hidden = [10, 10] }}
            epochs = 1
            [stage.sparse.prune]
            from = "dense"
            importance = "magnitude"
            {more}
        "#
        );
        let (_, record, measured) = measured(&text, |_, _| Some(0.5));
        let measurements = Measurements::read(&record, &measured).unwrap();
        tables(&record, &measurements).unwrap()
    }

    const SPREAD: &str = "it is not the target where the allocation asks";

    #[test]
    fn what_was_asked_is_explained_where_it_is_not_the_target() {
        let plain = "target.sparsity = 0.9\nschedule.linear.rounds = 2";
        assert!(!said(plain).contains("`asked`"), "{}", said(plain));
        let scaled = "allocation.uniform.scale = { fc3 = 0.5 }\ntarget.sparsity = 0.9";
        assert!(said(scaled).contains(SPREAD), "{}", said(scaled));
        let swept = "allocation.uniform.scale = { fc3 = 0.5 }\n[sweep]\nstage.sparse.prune.target.sparsity = [0.5, 0.9]";
        assert!(said(swept).contains(SPREAD), "{}", said(swept));
        let some = said("layers.exclude = [\"fc3\"]\ntarget.sparsity = 0.9");
        assert!(some.contains("share of the weights of `fc1`, `fc2` alone"), "{some}");
        assert!(!some.contains(SPREAD), "{some}");
    }
}
