//! Which stages the networks of a setting need.

use super::{Measurements, Record, Taught, put};
use serde_json::Value;
use std::collections::BTreeSet;

/// The keys below a stage that name others: whose network it prunes, and who teaches.
const FROM: &str = "prune.from";
const TRAININGS: [&str; 2] = ["train", "prune.recover"];

/// The stages whose networks differ among settings, and those that they build on in the setting `point`: the index of its
/// value on each of the axes. Where nothing is swept, all.
pub(super) fn needed<'a>(
    record: &'a Record,
    measurements: &Measurements<'_>,
    point: &[u32],
) -> BTreeSet<&'a str> {
    let swept = record.stages.iter().filter(|facts| !facts.axes.is_empty());
    let mut open: Vec<&str> = swept.map(|facts| facts.name.as_str()).collect();
    if open.is_empty() {
        return record.stages.iter().map(|facts| facts.name.as_str()).collect();
    }
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            let stage = written(record, measurements, point, name);
            let is_taught =
                record.stages.iter().any(|facts| facts.name == name && facts.taught != Taught::Never);
            let mut names: BTreeSet<String> = pruned(&stage).into_iter().collect();
            if is_taught {
                names.extend(teachers(&stage));
            }
            let known = record.stages.iter().map(|facts| facts.name.as_str());
            open.extend(known.filter(|known| names.contains(*known)));
        }
    }
    found
}

/// Stage `name` as it is written, with the values that it has in the setting.
fn written(record: &Record, measurements: &Measurements<'_>, point: &[u32], name: &str) -> Value {
    let mut stage = record.experiment["stage"][name].clone();
    let start = format!("stage.{name}.");
    for (axis, &value) in measurements.axes.iter().zip(point) {
        let (Some(below), Some((_, values))) =
            (axis.key.strip_prefix(&start), record.axes.iter().find(|(key, _)| *key == axis.key))
        else {
            continue;
        };
        if let Some(value) = values.get(value as usize) {
            put(&mut stage, below, value.clone());
        }
    }
    stage
}

fn below(value: &Value, key: &str) -> Value {
    key.split('.').try_fold(value, |value, part| value.get(part)).cloned().unwrap_or_default()
}

/// The stage whose network one prunes that is written so.
fn pruned(stage: &Value) -> Option<String> {
    below(stage, FROM).as_str().map(str::to_owned)
}

/// The stages that teach one that is written so.
fn teachers(stage: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for training in TRAININGS.map(|key| below(stage, key)) {
        for own in looks_at(&training["loss"]) {
            match (own, &training["teacher"]) {
                (Some(own), _) | (None, Value::String(own)) => names.extend([own.clone()]),
                (None, Value::Array(several)) => {
                    names.extend(several.iter().filter_map(Value::as_str).map(str::to_owned))
                }
                (None, Value::Object(weights)) => names.extend(weights.keys().cloned()),
                (None, Value::Null | Value::Bool(_) | Value::Number(_)) => {}
            }
        }
    }
    names
}

/// The terms of a loss that is written so which look at a teacher, each with the one that it names itself.
fn looks_at(loss: &Value) -> Vec<Option<&String>> {
    fn own(settings: &Value) -> Option<&String> {
        match &settings["teacher"] {
            Value::String(own) => Some(own),
            _ => None,
        }
    }
    let is_taught = |term: &str| !["cross-entropy", "teacher-free"].contains(&term);
    match loss {
        Value::String(term) => is_taught(term).then_some(None).into_iter().collect(),
        Value::Object(terms) => {
            terms.iter().filter(|(term, _)| is_taught(term)).map(|(_, settings)| own(settings)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(stage: &Value) -> Vec<String> {
        teachers(stage).into_iter().collect()
    }

    #[test]
    fn a_setting_needs_the_teachers_that_it_names() {
        let mut student = json!({ "train": { "teacher": "big", "loss": { "logits": 1.0 } } });
        assert_eq!(names(&student), ["big"]);
        put(&mut student, "train.teacher", json!(["small", "wide"]));
        assert_eq!(names(&student), ["small", "wide"]);
        put(
            &mut student,
            "train.loss",
            json!({ "cross-entropy": 1.0, "logits": { "weight": 1.0, "teacher": "wide" } }),
        );
        assert_eq!(names(&student), ["wide"]);
        for alone in
            [json!({ "cross-entropy": 1.0 }), json!({ "teacher-free": { "weight": 1.0 } }), json!(null)]
        {
            put(&mut student, "train.loss", alone);
            assert_eq!(names(&student), [""; 0]);
        }
    }

    #[test]
    fn a_setting_needs_what_it_prunes_and_who_teaches_its_recovery() {
        let mut sparse = json!({ "prune": { "from": "dense" } });
        put(
            &mut sparse,
            "prune.recover",
            json!({ "teacher": { "a": 0.7, "b": 0.3 }, "loss": "soft-labels" }),
        );
        assert_eq!(names(&sparse), ["a", "b"]);
        assert_eq!(pruned(&sparse).as_deref(), Some("dense"));
    }
}
