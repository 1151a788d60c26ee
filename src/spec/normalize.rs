//! Values as the types read them.

use super::schema_node::SchemaNode;
use serde_json::{Value, json};

/// Writes every bare name of a variant with settings as a table, every number that stands for a table as that
/// table, and every whole number where any number may stand as a real one: as the types read them, so that
/// what means the same is the same.
pub(super) fn normalize(node: SchemaNode<'static>, value: &mut Value) {
    node.spell_out(value);
    if node.is_enum() {
        let tagged = |name: &str| node.variants().into_iter().find_map(|variant| variant.settings_of(name));
        match value {
            Value::String(name) if tagged(name).is_some() => *value = json!({ name.as_str(): {} }),
            Value::Object(entries) => {
                for (name, settings) in entries {
                    if let Some(node) = tagged(name) {
                        normalize(node, settings);
                    }
                }
            }
            Value::Number(_) if node.takes_numbers() => real(value),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {}
        }
        return;
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                if let Some(node) = node.child(key) {
                    normalize(node, value);
                }
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter_mut().enumerate() {
                if let Some(node) = node.element(index) {
                    normalize(node, value);
                }
            }
        }
        Value::Number(_) if node.get("type") == Some(&json!("number")) => real(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Writes a number as a real one.
fn real(number: &mut Value) {
    if let Some(value) = number.as_f64() {
        // The sum has no −0, which is equal to 0 and written in another way.
        *number = json!(value + 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_is_normalized_to_the_same() {
        let mut value = json!({
            "seed": 1,
            "stage": { "a": { "prune": { "importance": "taylor", "target": { "sparsity": 0 } } } },
        });
        let cosine =
            |from: Value| json!({ "weight": 1.0, "temperature": { "cosine": { "from": from, "to": 1.0 } } });
        value["stage"]["b"] =
            json!({ "train": { "loss": { "cross-entropy": 1, "soft-labels": cosine(json!(8)) } } });
        value["stage"]["c"] =
            json!({ "train": { "loss": { "soft-labels": { "weight": 1, "temperature": 4 } } } });
        normalize(SchemaNode::root(), &mut value);
        let expected = json!({
            "seed": 1,
            "stage": {
                "a": { "prune": { "importance": { "taylor": {} }, "target": { "sparsity": 0.0 } } },
                "b": { "train": { "loss": {
                    "cross-entropy": { "weight": 1.0 }, "soft-labels": cosine(json!(8.0)),
                } } },
                "c": { "train": { "loss": { "soft-labels": { "weight": 1.0, "temperature": 4.0 } } } },
            }
        });
        assert_eq!(value, expected);
    }
}
