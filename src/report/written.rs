//! What an experiment file says of a stage, with what is swept marked as such.

use super::markdown::code;
use crate::plan::label;
use crate::results::{Record, StageFacts, put};
use serde_json::{Value, json};

/// What stands in the place of a value that is swept.
const SWEPT: &str = "swept";

/// A value for people, as code, and whether all of it or a part is swept; the axes are listed with the sweep.
pub(super) fn shown(value: &Value) -> String {
    if *value == json!(SWEPT) {
        return format!("{SWEPT} (see axes)");
    }
    let is_part = if has_mark(value) { " (see axes)" } else { "" };
    format!("{}{is_part}", code(&label(&rounded(value))))
}

/// What the file says at `path` below stage `name`; null where it says nothing.
pub(super) fn written(record: &Record, name: &str, path: &str) -> Value {
    let key = format!("stage.{name}.{path}");
    let found = key.split('.').try_fold(&record.experiment, |value, part| value.get(part));
    let mut value = found.cloned().unwrap_or_default();
    for (axis, values) in &record.axes {
        let shown = if let [only] = values.as_slice() { only.clone() } else { json!(SWEPT) };
        if *axis == key {
            value = shown;
        } else if key.strip_prefix(axis.as_str()).is_some_and(|rest| rest.starts_with('.')) {
            value = json!(SWEPT);
        } else if let Some(rest) = axis.strip_prefix(&key).and_then(|rest| rest.strip_prefix('.')) {
            put(&mut value, rest, shown);
        }
    }
    value
}

/// The training of `stage` with a mark in the place of what differs between trials.
pub(super) fn training(stage: &StageFacts) -> Option<Value> {
    let mut training = stage.training.clone()?;
    for path in &stage.swept {
        if let Some(path) = path.strip_prefix("training.") {
            put(&mut training, path, json!(SWEPT));
        }
    }
    Some(training)
}

/// Whether all of `value`, or a part, is swept.
pub(super) fn has_mark(value: &Value) -> bool {
    match value {
        Value::String(text) => text == SWEPT,
        Value::Array(values) => values.iter().any(has_mark),
        Value::Object(entries) => entries.values().any(has_mark),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The same with twelve digits of each number: 0.1 · 0.1² is 0.0010000000000000002 in binary.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(real) => format!("{real:.11e}").parse::<f64>().map_or_else(|_| value.clone(), Value::from),
            None => value.clone(),
        },
        Value::Array(values) => values.iter().map(rounded).collect(),
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), rounded(value))).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_put_into_what_is_there() {
        let mut value = json!("taylor");
        put(&mut value, "taylor.batches", json!(SWEPT));
        assert_eq!(shown(&value), "`taylor(batches=swept)` (see axes)");
        let mut value = Value::Null;
        put(&mut value, "sparsity", json!(SWEPT));
        assert_eq!(shown(&value), "`sparsity=swept` (see axes)");
        assert_eq!(shown(&json!(SWEPT)), "swept (see axes)");
    }

    #[test]
    fn a_number_has_no_digits_of_binary_rounding() {
        assert_eq!(
            shown(&json!({ "sgd": { "lr": 0.1 * 0.1 * 0.1, "steps": 3 } })),
            "`sgd(lr=0.001, steps=3)`"
        );
        assert_eq!(shown(&json!(5e-324)), "`5e-324`");
    }
}
