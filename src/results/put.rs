//! Values of axes in what an experiment file says.

use serde_json::{Map, Value, json};

/// Puts `new` at the dotted `path` below `value`, which becomes a table where it is none.
pub fn put(value: &mut Value, path: &str, new: Value) {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    if !value.is_object() {
        let variant = value.as_str().filter(|name| *name == key);
        *value = Value::Object(
            variant.map(|name| (name.to_owned(), json!({}))).into_iter().collect::<Map<_, _>>(),
        );
    }
    let place = &mut value[key];
    match rest {
        Some(rest) => put(place, rest, new),
        None => *place = new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_within_a_variant_keeps_the_variant() {
        let mut value = json!("taylor");
        put(&mut value, "taylor.batches", json!(2));
        assert_eq!(value, json!({ "taylor": { "batches": 2 } }));
    }
}
