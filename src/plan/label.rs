//! Axes and their values as people read them.

use crate::spec::Chart;
use serde_json::Value;

/// `magnitude`, `taylor(batches=8)`, `0.9`, `[300, 100]`, `cross-entropy=0.1, logits=1`.
pub fn label(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.as_f64().filter(|_| number.is_f64()).map_or(number.to_string(), real),
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", join(values.iter().map(label))),
        Value::Object(entries) => match entries.iter().next() {
            // A variant: its name, then its settings.
            Some((name, Value::Object(settings))) if entries.len() == 1 => variant(name, settings),
            _ => join(entries.iter().map(|(name, value)| named(name, value))),
        },
    }
}

/// `name` with its settings, or the value that it has: `soft-labels(temperature=4)`, `cross-entropy=0.1`.
pub(super) fn named(name: &str, value: &Value) -> String {
    match value {
        Value::Object(settings) => variant(name, settings),
        other => format!("{name}={}", label(other)),
    }
}

/// Digits as in the file, but an exponent where they would be mostly zeros.
fn real(value: f64) -> String {
    let is_plain = value == 0.0 || (1e-4..1e9).contains(&value.abs());
    if is_plain { value.to_string() } else { format!("{value:e}") }
}

/// The last parts of each of `keys`, as many as tell it apart from the others and from what is measured: `importance`,
/// `recover.loss`, `target.sparsity`.
pub fn short_keys(keys: &[&str]) -> Vec<String> {
    let short = |key: &&str| {
        let starts = key.match_indices('.').map(|(dot, _)| dot + 1).chain([0]);
        let mut ends: Vec<&str> = starts.map(|start| &key[start..]).collect();
        ends.sort_by_key(|end| end.len());
        let is_last_of = |end: &str, other: &str| {
            other.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        let is_unique = |end: &&&str| {
            let alike = keys.iter().filter(|other| is_last_of(end, other)).count();
            alike == 1 && !Chart::MEASURED.contains(end)
        };
        ends.iter().find(is_unique).map_or((*key).to_owned(), |end| (*end).to_owned())
    };
    keys.iter().map(short).collect()
}

fn variant(name: &str, settings: &serde_json::Map<String, Value>) -> String {
    if settings.is_empty() {
        return name.to_owned();
    }
    // A number stands for a table with nothing but a weight.
    if let (Some(weight), 1) = (settings.get("weight"), settings.len()) {
        return format!("{name}={}", label(weight));
    }
    let settings = settings.iter().map(|(name, value)| match value {
        Value::Object(entries) if entries.len() != 1 || !entries.values().all(Value::is_object) => {
            variant(name, entries)
        }
        other => format!("{name}={}", label(other)),
    });
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
            (json!(1e-8), "1e-8"),
            (json!(5e-324), "5e-324"),
            (json!(0.0), "0"),
            (json!(3), "3"),
            (json!([300, 100]), "[300, 100]"),
            (json!({ "cross-entropy": { "weight": 1.0 } }), "cross-entropy=1"),
            (
                json!({ "cross-entropy": { "weight": 1.0, "smoothing": 0.1 } }),
                "cross-entropy(smoothing=0.1, weight=1)",
            ),
            (
                json!({ "cross-entropy": { "weight": 0.1 }, "soft-labels": { "temperature": 4.0, "weight": 0.9 } }),
                "cross-entropy=0.1, soft-labels(temperature=4, weight=0.9)",
            ),
            (
                json!({ "soft-labels": {
                    "weight": { "linear": { "from": 0.0, "to": 0.9, "end": "10ep" } },
                    "temperature": { "cosine": { "from": 8.0, "to": 1.0 } },
                } }),
                "soft-labels(temperature=cosine(from=8, to=1), weight=linear(end=10ep, from=0, to=0.9))",
            ),
            (
                json!({ "features": { "weight": 1.0, "taps": { "layer1": "layer2" }, "teacher": "a" } }),
                "features(taps(layer1=layer2), teacher=a, weight=1)",
            ),
            (
                json!({ "logits": { "weight": { "multi-step": { "from": 1.0, "gamma": 0.5, "at": ["2ep", "4ep"] } } } }),
                "logits=multi-step(at=[2ep, 4ep], from=1, gamma=0.5)",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(label(&value), expected);
        }
    }

    #[test]
    fn keys_are_cut_to_what_tells_them_apart() {
        let keys =
            ["stage.dense.train.optimizer.adam.lr", "stage.sparse.prune.recover.optimizer.adam.lr", "seed"];
        assert_eq!(short_keys(&keys), ["train.optimizer.adam.lr", "recover.optimizer.adam.lr", "seed"]);
        assert_eq!(
            short_keys(&["stage.a.train.epochs", "stage.ab.train.epochs"]),
            ["a.train.epochs", "ab.train.epochs"]
        );
        // What was asked for and what came of it are told apart.
        assert_eq!(
            short_keys(&["stage.a.prune.target.sparsity", "stage.a.prune.recover.loss"]),
            ["target.sparsity", "recover.loss"]
        );
    }
}
