//! Which values of a weaker layer a stronger one replaces whole.

use super::schema_node::SchemaNode;
use super::source::join;
use serde_json::Value;

/// Keys of one table of which only one can hold: setting one takes the place of the other.
const ALTERNATIVES: [[&str; 2]; 2] = [["epochs", "steps"], ["rewind", "lr-rewind"]];

/// Removes from `weaker` what `stronger` replaces whole: another variant of an enum, the other of two alternatives, or
/// a choice of entries that is written as one `{ … }`, of which `is_inline` knows by their paths. What is left is merged
/// key by key.
pub(super) fn yield_to(weaker: &mut Value, stronger: &Value, is_inline: &dyn Fn(&str) -> bool) {
    yield_below(SchemaNode::root(), weaker, stronger, "", is_inline);
}

fn yield_below(
    node: SchemaNode<'static>,
    weaker: &mut Value,
    stronger: &Value,
    path: &str,
    is_inline: &dyn Fn(&str) -> bool,
) {
    if stronger.is_object() {
        node.spell_out(weaker);
    }
    let (Value::Object(weak), Value::Object(strong)) = (weaker, stronger) else { return };
    let is_another = node.is_enum() && !strong.keys().eq(weak.keys());
    if is_another || (node.is_choice() && is_inline(path)) {
        weak.clear();
        return;
    }
    make_way(weak, strong.keys());
    for (key, strong) in strong {
        if let (Some(node), Some(weak)) = (node.child(key), weak.get_mut(key)) {
            yield_below(node, weak, strong, &join(path, key), is_inline);
        }
    }
}

/// Removes the alternatives of `keys` from `table`.
fn make_way<'a>(table: &mut serde_json::Map<String, Value>, keys: impl Iterator<Item = &'a String>) {
    for key in keys {
        for [one, other] in ALTERNATIVES {
            if key == one {
                table.remove(other);
            } else if key == other {
                table.remove(one);
            }
        }
    }
}

/// Puts `value` at `path` below `table`, in place of what is there.
pub(super) fn set(table: &mut Value, path: &[String], value: &Value) {
    let Some((key, rest)) = path.split_first() else {
        *table = value.clone();
        return;
    };
    if !table.is_object() {
        *table = Value::Object(serde_json::Map::new());
    }
    let entries = table.as_object_mut().expect("it was made one");
    make_way(entries, std::iter::once(key));
    set(entries.entry(key.as_str()).or_insert(Value::Null), rest, value);
}

/// Whether only one of two keys of a table can hold.
pub(super) fn are_alternatives(one: &str, other: &str) -> bool {
    ALTERNATIVES.iter().any(|pair| pair.contains(&one) && pair.contains(&other) && one != other)
}

/// Every pair of alternatives that one table of `value` has both of: the path of the second.
pub(super) fn both_alternatives(value: &Value, path: &str) -> Vec<(String, [&'static str; 2])> {
    let Value::Object(entries) = value else { return Vec::new() };
    let here = ALTERNATIVES.into_iter().filter(|pair| pair.iter().all(|key| entries.contains_key(*key)));
    let here = here.map(|pair| (join(path, pair[1]), pair));
    let below = entries.iter().flat_map(|(key, value)| both_alternatives(value, &join(path, key)));
    here.chain(below.collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(mut weaker: Value, stronger: Value) -> Value {
        yield_to(&mut weaker, &stronger, &|_| false);
        weaker
    }

    fn train(settings: Value) -> Value {
        json!({ "stage": { "dense": { "train": settings } } })
    }

    #[test]
    fn another_variant_replaces_the_whole_variant() {
        let weaker = train(json!({ "optimizer": { "sgd": { "lr": 0.1 } }, "batch": 8 }));
        let stronger = train(json!({ "optimizer": { "adam": { "lr": 0.2 } } }));
        assert_eq!(merged(weaker, stronger), train(json!({ "optimizer": {}, "batch": 8 })));
    }

    #[test]
    fn the_same_variant_is_merged() {
        let weaker = train(json!({ "optimizer": { "sgd": { "lr": 0.1, "momentum": 0.9 } } }));
        let stronger = train(json!({ "optimizer": { "sgd": { "lr": 0.2 } } }));
        assert_eq!(merged(weaker.clone(), stronger), weaker);
    }

    #[test]
    fn steps_take_the_place_of_epochs() {
        let stronger = train(json!({ "steps": 5 }));
        assert_eq!(merged(train(json!({ "epochs": 3 })), stronger), train(json!({})));
    }

    #[test]
    fn a_table_over_a_number_keeps_what_the_number_stood_for() {
        let weaker = train(json!({ "loss": { "cross-entropy": 0.5 } }));
        let stronger = train(json!({ "loss": { "cross-entropy": { "smoothing": 0.1 } } }));
        let expected = train(json!({ "loss": { "cross-entropy": { "weight": 0.5 } } }));
        assert_eq!(merged(weaker, stronger), expected);
    }

    #[test]
    fn a_loss_mix_is_no_variant() {
        let weaker = train(json!({ "loss": { "cross-entropy": 1.0 } }));
        let stronger = train(json!({ "loss": { "logits": 1.0 } }));
        assert_eq!(merged(weaker.clone(), stronger), weaker);
    }

    // `loss.logits = 1.0` adds a term, and `loss = { logits = 1.0 }` is the whole loss.
    #[test]
    fn a_choice_of_entries_that_is_written_whole_replaces_another() {
        let mut weaker = train(json!({ "loss": { "cross-entropy": 1.0 }, "batch": 8 }));
        let stronger = train(json!({ "loss": { "logits": 1.0 }, "batch": 9 }));
        yield_to(&mut weaker, &stronger, &|path| path == "stage.dense.train.loss");
        assert_eq!(weaker, train(json!({ "loss": {}, "batch": 8 })));
    }
}
