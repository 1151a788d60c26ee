//! The JSON Schema of the language, made from the types.

use super::Experiment;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The JSON Schema of an experiment file.
pub fn json_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        let schema = schemars::schema_for!(Experiment);
        let mut schema = serde_json::to_value(schema).expect("a schema is plain data");
        drop_null(&mut schema);
        let definitions = schema["$defs"].clone();
        allow_bare_variants(&mut schema, &definitions);
        schema
    });
    &SCHEMA
}

/// TOML has no null: what may be absent is not required, and needs no other mark.
fn drop_null(schema: &mut Value) {
    match schema {
        Value::Object(entries) => {
            if let Some(Value::Array(types)) = entries.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    entries.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(choices)) = entries.get_mut("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    entries.remove("anyOf");
                    for (key, value) in only {
                        entries.entry(key).or_insert(value);
                    }
                }
            }
            if entries.get("default") == Some(&Value::Null) {
                entries.remove("default");
            }
            entries.values_mut().for_each(drop_null);
        }
        Value::Array(values) => values.iter_mut().for_each(drop_null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A variant all of whose settings may be left out may be written as its name alone.
fn allow_bare_variants(schema: &mut Value, definitions: &Value) {
    match schema {
        Value::Object(entries) => {
            if let Some(Value::Array(choices)) = entries.get_mut("oneOf") {
                let bare: Vec<Value> =
                    choices.iter().filter_map(|choice| bare(choice, definitions)).collect();
                choices.extend(bare);
            }
            entries.values_mut().for_each(|value| allow_bare_variants(value, definitions));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| allow_bare_variants(value, definitions)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn bare(choice: &Value, definitions: &Value) -> Option<Value> {
    let name = choice["required"].as_array()?.first()?.as_str()?;
    let settings = &choice["properties"][name];
    let settings = match settings["$ref"].as_str() {
        Some(reference) => &definitions[reference.strip_prefix("#/$defs/")?],
        None => settings,
    };
    let optional = settings["type"] == "object"
        && settings.get("properties").is_some()
        && settings.get("required").is_none();
    let text = format!("`{name}` with its defaults.");
    optional.then(|| json!({ "type": "string", "const": name, "description": text }))
}
