//! The values of an axis by what sets each apart from the others.

use super::label::{label, named};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The shortest names of the values of an axis that tell each from all others: of tables (a mix of losses, a variant with
/// settings) the keys that not all have, and of those with the same keys what differs between them. No two are the same.
pub fn apart(values: &[Value]) -> Vec<String> {
    let all: Vec<BTreeSet<&str>> = values.iter().map(keys).collect();
    let short = values.iter().zip(&all).map(|(value, own)| {
        let is_like = |(_, keys): &(&Value, &BTreeSet<&str>)| *keys == own;
        let alike = values.iter().zip(&all).filter(is_like).map(|(value, _)| value);
        let alike: Vec<&Map<String, Value>> = alike.filter_map(Value::as_object).collect();
        let is_common = |key: &str| all.iter().all(|keys| keys.contains(key));
        match value {
            Value::Object(entries) => Some(told_apart(entries, &alike, is_common)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        }
    });
    let short: Vec<Option<String>> = short.collect();
    let whole = values.iter().map(label);
    let names = short.into_iter().zip(whole).map(|(short, whole)| match short {
        Some(short) => vec![short, whole],
        None => vec![whole],
    });
    distinct(&names.collect::<Vec<_>>())
}

/// The first of the names that each thing goes by, best first, which no other one has: the next where the best are the
/// same, and a number after it where all are.
pub fn distinct(names: &[Vec<String>]) -> Vec<String> {
    let depth = names.iter().map(Vec::len).max().unwrap_or(0);
    let at = |names: &Vec<String>, place: usize| names[place.min(names.len() - 1)].clone();
    let mut chosen: Vec<String> = names.iter().map(|names| at(names, 0)).collect();
    let shared = |chosen: &[String]| {
        let is_shared = |name: &String| chosen.iter().filter(|other| *other == name).count() > 1;
        chosen.iter().map(is_shared).collect::<Vec<_>>()
    };
    for place in 1..depth {
        for (index, is_shared) in shared(&chosen).into_iter().enumerate() {
            if is_shared {
                chosen[index] = at(&names[index], place);
            }
        }
    }
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let apart = chosen.into_iter().map(|name| {
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let mut free = [name.clone()].into_iter().chain(numbered);
        free.find(|name| taken.insert(name.clone())).expect("there is no last number")
    });
    apart.collect()
}

/// The keys of a table; of a name, which is a variant without settings, itself.
fn keys(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Object(entries) => entries.keys().map(String::as_str).collect(),
        Value::String(name) => [name.as_str()].into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => BTreeSet::new(),
    }
}

/// What tells `entries` from the tables that are `alike` in their keys, it among them, and from those that are not.
fn told_apart(
    entries: &Map<String, Value>,
    alike: &[&Map<String, Value>],
    is_common: impl Fn(&str) -> bool,
) -> String {
    let differing = differences(entries, alike);
    let needed = |key: &&String| differing.contains_key(*key) || !is_common(key);
    let shown: Vec<&String> = entries.keys().filter(needed).collect();
    // A table that has nothing but what all others have, too, is that alone.
    let shown = if shown.is_empty() { entries.keys().collect() } else { shown };
    let part = |key: &String| match (differing.get(key), &entries[key]) {
        (Some(differing), _) => named(key, differing),
        // A term or a variant goes by its name.
        (None, Value::Object(_)) => key.clone(),
        (None, value) => named(key, value),
    };
    shown.into_iter().map(part).collect::<Vec<_>>().join(", ")
}

/// What of `entries` is not the same in all of `alike`, tables among which it is.
fn differences(entries: &Map<String, Value>, alike: &[&Map<String, Value>]) -> Map<String, Value> {
    let mut found = Map::new();
    for (key, value) in entries {
        if alike.iter().all(|other| other.get(key) == Some(value)) {
            continue;
        }
        let tables: Option<Vec<&Map<String, Value>>> =
            alike.iter().map(|other| other.get(key)?.as_object()).collect();
        let shown = match (value, tables) {
            (Value::Object(entries), Some(tables)) => Value::Object(differences(entries, &tables)),
            (value, _) => value.clone(),
        };
        found.insert(key.clone(), shown);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The names of the values of an axis.
    fn of(values: Value) -> Vec<String> {
        apart(values.as_array().unwrap())
    }

    fn loss(weight: f64, more: Value) -> Value {
        let mut terms = json!({ "cross-entropy": { "weight": weight } });
        terms.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        terms
    }

    #[test]
    fn a_mix_is_called_by_the_terms_that_not_all_have() {
        let taps = json!({ "weight": 1.0, "taps": { "layer1": "layer1" } });
        let values = json!([
            loss(1.0, json!({})),
            loss(0.1, json!({ "soft-labels": { "weight": 0.9, "temperature": 4.0 } })),
            loss(1.0, json!({ "attention": taps })),
            loss(1.0, json!({ "attention": taps, "logits": { "weight": 1.0 } })),
        ]);
        assert_eq!(of(values), ["cross-entropy", "soft-labels", "attention", "attention, logits"]);
    }

    #[test]
    fn of_values_with_the_same_terms_what_differs_is_shown() {
        let soft = |settings: Value| loss(0.1, json!({ "soft-labels": settings }));
        let values = json!([
            loss(1.0, json!({})),
            soft(json!({ "weight": 0.9, "temperature": 4.0 })),
            soft(json!({ "weight": 9.0, "temperature": 2.0, "standardize": true })),
        ]);
        let expected = [
            "cross-entropy",
            "soft-labels(temperature=4, weight=0.9)",
            "soft-labels(standardize=true, temperature=2, weight=9)",
        ];
        assert_eq!(of(values), expected);
        let temperatures = json!([
            soft(json!({ "weight": 0.9, "temperature": 4.0 })),
            soft(json!({ "weight": 0.9, "temperature": 8.0 })),
        ]);
        assert_eq!(of(temperatures), ["soft-labels(temperature=4)", "soft-labels(temperature=8)"]);
        let weights = json!([loss(1.0, json!({})), loss(0.5, json!({}))]);
        assert_eq!(of(weights), ["cross-entropy=1", "cross-entropy=0.5"]);
    }

    #[test]
    fn variants_are_called_by_their_names_where_these_differ() {
        let values = json!(["magnitude", { "taylor": { "batches": 8 } }, { "fisher": {} }]);
        assert_eq!(of(values), ["magnitude", "taylor", "fisher"]);
        let settings =
            json!([{ "taylor": { "batches": 8 } }, { "taylor": { "batches": 2 } }, { "taylor": {} }]);
        assert_eq!(of(settings), ["taylor(batches=8)", "taylor(batches=2)", "taylor"]);
        let nested = json!([{ "uniform": { "scale": { "fc3": 0.5, "fc1": 1.0 } } }, { "uniform": { "scale": { "fc3": 0.7, "fc1": 1.0 } } }]);
        assert_eq!(of(nested), ["uniform(scale(fc3=0.5))", "uniform(scale(fc3=0.7))"]);
    }

    #[test]
    fn plain_settings_keep_their_values() {
        let values = json!([{ "epochs": 5 }, { "epochs": 5, "lr": 0.1 }, { "epochs": 7, "lr": 0.1 }]);
        assert_eq!(of(values), ["epochs=5", "epochs=5, lr=0.1", "epochs=7, lr=0.1"]);
        assert_eq!(of(json!([0.5, 1.0, [16], [16, 8], true])), ["0.5", "1", "[16]", "[16, 8]", "true"]);
    }

    // A name may be written to look like another value.
    #[test]
    fn no_two_values_have_one_name() {
        assert_eq!(of(json!(["a", { "a": {} }, "a (2)"])), ["a", "a (2)", "a (2) (2)"]);
        assert_eq!(
            of(json!(["taylor(batches=8)", { "taylor": { "batches": 8 } }])),
            ["taylor(batches=8)", "taylor"]
        );
        assert_eq!(of(json!(["x=1", { "x": 1 }, { "x": { "weight": 1 } }])), ["x=1", "x=1 (2)", "x=1 (3)"]);
    }
}
