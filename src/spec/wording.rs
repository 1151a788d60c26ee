//! What a message of the check says of values and of what is allowed.

use super::diagnostics::{as_toml, listed};
use super::schema_node::SchemaNode;
use serde_json::Value;

/// The range of a number, and what the value means.
pub(super) fn help(node: SchemaNode<'static>) -> Vec<String> {
    let bound = |keyword: &str| node.get(keyword).filter(|bound| bound.is_number());
    let least = bound("minimum")
        .map(|least| format!("{least} ≤ "))
        .or(bound("exclusiveMinimum").map(|least| format!("{least} < ")));
    let most = bound("maximum")
        .map(|most| format!(" ≤ {most}"))
        .or(bound("exclusiveMaximum").map(|most| format!(" < {most}")));
    let range = match (least, most) {
        (None, None) => None,
        (least, most) => {
            Some(format!("allowed: {}value{}", least.unwrap_or_default(), most.unwrap_or_default()))
        }
    };
    let choices =
        node.get("enum").and_then(Value::as_array).map(|choices| format!("allowed: {}", listed(choices)));
    choices.or(range).into_iter().chain(node.sentence()).collect()
}

/// The type of JSON that a value of several allowed types is of, as the schema calls it.
pub(super) fn kind_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::Object(_) => Some("object"),
        Value::Array(_) => Some("array"),
        Value::String(_) => Some("string"),
        Value::Bool(_) => Some("boolean"),
        Value::Number(_) => Some("number"),
        Value::Null => None,
    }
}

/// Several types of JSON as people call them: `a string, a list or a table`.
pub(super) fn kinds_of(names: &[&str]) -> String {
    let names: Vec<&str> = names.iter().map(|name| kind(name)).collect();
    match names[..] {
        [ref before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => names.concat(),
    }
}

/// A type of JSON as people call it.
pub(super) fn kind(name: &str) -> &str {
    match name {
        "object" => "a table",
        "array" => "a list",
        "string" => "a string",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        other => other,
    }
}

/// A value as it is written in TOML, shortened.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Object(_) => "a table".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => as_toml(value),
    }
}
