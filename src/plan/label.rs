//! Axis values as people read them.

use serde_json::Value;

/// `magnitude`, `taylor(batches=8)`, `0.9`, `[300, 100]`, `cross-entropy=0.1, logits=1`.
pub fn label(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => {
            number.as_f64().filter(|_| number.is_f64()).map_or(number.to_string(), |it| it.to_string())
        }
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", join(values.iter().map(label))),
        Value::Object(entries) => match entries.iter().next() {
            // A variant: its name, then its settings.
            Some((name, Value::Object(settings))) if entries.len() == 1 => variant(name, settings),
            _ => join(entries.iter().map(|(name, value)| match value {
                Value::Object(settings) => variant(name, settings),
                other => format!("{name}={}", label(other)),
            })),
        },
    }
}

fn variant(name: &str, settings: &serde_json::Map<String, Value>) -> String {
    if settings.is_empty() {
        return name.to_owned();
    }
    let settings = settings.iter().map(|(name, value)| format!("{name}={}", label(value)));
    format!("{name}({})", join(settings))
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_read_as_they_are_spoken_of() {
        let cases = [
            (json!("magnitude"), "magnitude"),
            (json!({ "taylor": { "batches": 8 } }), "taylor(batches=8)"),
            (json!({ "taylor": {} }), "taylor"),
            (json!(0.9), "0.9"),
            (json!(1.0), "1"),
            (json!(3), "3"),
            (json!([300, 100]), "[300, 100]"),
            (json!({ "cross-entropy": 1.0 }), "cross-entropy=1"),
            (
                json!({ "cross-entropy": 0.1, "soft-labels": { "temperature": 4.0, "weight": 0.9 } }),
                "cross-entropy=0.1, soft-labels(temperature=4, weight=0.9)",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(label(&value), expected);
        }
    }
}
