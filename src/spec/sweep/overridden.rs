//! Axes of a weaker layer of configuration whose keys a stronger one sets: the stronger layer wins, so they
//! are axes no more. In a table of `[[sweep.zip]]` the others go on together.

use super::read::variant;
use super::written::{Sweep, values_of, written_axes};
use crate::spec::check::Mistake;
use crate::spec::merge::are_alternatives;
use crate::spec::normalize::normalize;
use crate::spec::schema_node::SchemaNode;
use crate::spec::source::join;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Takes the axes out of `weaker` that `stronger` sets, as keys or as axes of its own. Gives the keys of
/// `stronger` that cannot be put over an axis. `is_inline` knows the tables that are written as one `{ … }`.
pub(in crate::spec) fn override_axes(
    weaker: &mut Value,
    stronger: &Value,
    is_inline: &dyn Fn(&str) -> bool,
) -> Vec<Mistake> {
    let Some(sweep) = weaker.get_mut("sweep").and_then(Value::as_object_mut) else { return Vec::new() };
    let Some(stronger) = stronger.as_object() else { return Vec::new() };
    let mut mistakes = Vec::new();
    for layer in settings(stronger) {
        let mut overriding = Overriding { layer, sweep: &mut *sweep, mistakes: &mut mistakes, is_inline };
        overriding.run();
    }
    mistakes
}

/// Tables of what a layer sets: its keys, its axes, and those of each `[[sweep.zip]]`.
fn settings(layer: &Map<String, Value>) -> Vec<Layer> {
    let without = |table: &Map<String, Value>, names: &[&str]| {
        let kept = table.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    let sweep = layer.get("sweep").and_then(Value::as_object);
    let zips = sweep.and_then(|sweep| sweep.get("zip")).and_then(Value::as_array).into_iter().flatten();
    let axes = sweep.map(|sweep| without(sweep, &Sweep::OWN)).into_iter().chain(zips.cloned());
    let keys = Layer::Keys(without(layer, &["sweep", "extends"]));
    [keys].into_iter().chain(axes.map(Layer::Axes)).collect()
}

/// What the stronger layer sets.
enum Layer {
    Keys(Value),
    Axes(Value),
}

/// What the stronger layer has to say about one axis.
enum Verdict {
    /// Nothing.
    Stays,
    /// It sets the axis's key to this.
    Set(Value),
    /// It chooses something else in place of what the axis is part of.
    Gone,
    /// It sets a key within the axis's values.
    Within(String),
}

struct Overriding<'a> {
    layer: Layer,
    sweep: &'a mut Map<String, Value>,
    mistakes: &'a mut Vec<Mistake>,
    is_inline: &'a dyn Fn(&str) -> bool,
}

impl Overriding<'_> {
    fn run(&mut self) {
        for axis in written_axes(self.sweep) {
            let (Layer::Keys(set) | Layer::Axes(set)) = &self.layer;
            let verdict = match judge(SchemaNode::root(), set, &axis) {
                // Written as one, it is a value like those of the axis.
                Verdict::Within(_) if (self.is_inline)(&axis.join(".")) => whole(set, &axis),
                verdict => verdict,
            };
            self.follow(&axis, verdict);
        }
    }

    fn follow(&mut self, axis: &[String], verdict: Verdict) {
        match (verdict, &self.layer) {
            (Verdict::Stays, _) | (Verdict::Within(_), Layer::Axes(_)) => {}
            (Verdict::Within(key), Layer::Keys(_)) => {
                let axis = axis.join(".");
                let message = format!("`{axis}` is an axis, and its values are whole tables");
                let help =
                    format!("set `{key}` in each of them, or set the axis anew: `sweep.{axis} = [ … ]`");
                self.mistakes.push(Mistake::key(&join(&axis, &key), message, vec![help]));
            }
            (Verdict::Gone, _) => {
                self.remove(axis);
                self.conditions(axis, |_| Decided::Never);
            }
            (Verdict::Set(value), Layer::Keys(_)) => {
                self.remove(axis);
                self.conditions(axis, |one| if *one == value { Decided::Always } else { Decided::Never });
            }
            (Verdict::Set(values), Layer::Axes(_)) => {
                self.remove(axis);
                let values = values.as_array().cloned().unwrap_or_default();
                self.conditions(
                    axis,
                    |one| if values.contains(one) { Decided::Open } else { Decided::Never },
                );
            }
        }
    }

    /// Takes the axis out, tables that it leaves empty, and positions of a zip that nothing else told apart.
    fn remove(&mut self, axis: &[String]) {
        take(self.sweep, axis);
        if let Some(Value::Array(zips)) = self.sweep.get_mut("zip") {
            for zip in zips.iter_mut().filter_map(Value::as_object_mut) {
                if values_of(zip, axis).is_some() {
                    take(zip, axis);
                    merge_positions(zip);
                }
            }
        }
    }

    /// Settles what entries of `exclude` say about the axis. An entry that can no longer hold is null: its
    /// neighbours keep their places.
    fn conditions(&mut self, axis: &[String], condition: impl Fn(&Value) -> Decided) {
        let node = axis.iter().try_fold(SchemaNode::root(), |node, key| node.child(key));
        let Some(Value::Array(entries)) = self.sweep.get_mut("exclude") else { return };
        for entry in entries {
            let found = axis.iter().try_fold(&*entry, |value, key| value.get(key));
            let (Some(mut value), Some(node)) = (found.cloned(), node) else { continue };
            normalize(node, &mut value);
            match condition(&value) {
                Decided::Open => {}
                Decided::Never => *entry = Value::Null,
                Decided::Always => {
                    let entries = entry.as_object_mut().expect("the condition is in it");
                    // An entry with nothing else excludes everything, which is said where it stands.
                    let mut rest = entries.clone();
                    take(&mut rest, axis);
                    if !rest.is_empty() {
                        *entries = rest;
                    }
                }
            }
        }
    }
}

/// Leaves one of those positions of `zip` at which all of its axes have the same values.
fn merge_positions(zip: &mut Map<String, Value>) {
    let paths = written_axes(zip);
    let normalized = |path: &Vec<String>| {
        let node = path.iter().try_fold(SchemaNode::root(), |node, key| node.child(key));
        let mut values = values_of(zip, path).cloned().unwrap_or_default();
        node.into_iter().for_each(|node| values.iter_mut().for_each(|value| normalize(node, value)));
        values.iter().map(Value::to_string).collect::<Vec<_>>()
    };
    let axes: Vec<Vec<String>> = paths.iter().map(normalized).collect();
    // That lists are not equally long is a mistake that is told elsewhere.
    let length = axes.first().map_or(0, Vec::len);
    if axes.iter().any(|values| values.len() != length) {
        return;
    }
    let mut known = BTreeSet::new();
    let kept: Vec<bool> = (0..length)
        .map(|position| known.insert(axes.iter().map(|values| &values[position]).collect::<Vec<_>>()))
        .collect();
    for path in &paths {
        let Some((first, rest)) = path.split_first() else { continue };
        let list = rest.iter().try_fold(zip.get_mut(first), |value, key| Some(value?.get_mut(key)));
        if let Some(Some(Value::Array(values))) = list {
            let mut kept = kept.iter();
            values.retain(|_| kept.next() == Some(&true));
        }
    }
}

/// What becomes of a condition of `exclude`.
enum Decided {
    Always,
    Never,
    Open,
}

/// The table that `set` has at `path`, as a value.
fn whole(set: &Value, path: &[String]) -> Verdict {
    let mut value = path.iter().try_fold(set, |value, key| value.get(key)).cloned().unwrap_or_default();
    if let Some(node) = path.iter().try_fold(SchemaNode::root(), |node, key| node.child(key)) {
        normalize(node, &mut value);
    }
    Verdict::Set(value)
}

/// What `set`, a layer's settings below `node`, has to say about the axis at `path`.
fn judge(node: SchemaNode<'static>, set: &Value, path: &[String]) -> Verdict {
    let Some((key, rest)) = path.split_first() else {
        return match set {
            Value::Object(entries) if !node.is_enum() => match entries.keys().next() {
                Some(key) => Verdict::Within(key.clone()),
                None => Verdict::Stays,
            },
            Value::Null => Verdict::Stays,
            Value::Array(values) => {
                let normalized = values.iter().cloned().map(|mut value| {
                    normalize(node, &mut value);
                    value
                });
                Verdict::Set(normalized.collect())
            }
            Value::Object(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                let mut value = set.clone();
                normalize(node, &mut value);
                Verdict::Set(value)
            }
        };
    };
    match (set, node.child(key)) {
        (Value::Object(entries), Some(child)) => match entries.get(key) {
            Some(set) => judge(child, set, rest),
            None if node.is_enum() && variant(set).is_some() => Verdict::Gone,
            None if entries.keys().any(|other| are_alternatives(key, other)) => Verdict::Gone,
            None => Verdict::Stays,
        },
        (Value::Object(_) | Value::Null, _) => Verdict::Stays,
        (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_), _) => Verdict::Gone,
    }
}

/// Takes what is at `path` out of `table`, and tables that this leaves empty.
fn take(table: &mut Map<String, Value>, path: &[String]) {
    match path {
        [] => {}
        [key] => _ = table.remove(key),
        [key, rest @ ..] => {
            let Some(Value::Object(inner)) = table.get_mut(key) else { return };
            take(inner, rest);
            if inner.is_empty() {
                table.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What is left of the sweep `weaker` under `stronger`, and the mistakes' paths.
    fn over(weaker: Value, stronger: Value) -> (Value, Vec<String>) {
        let mut weaker = json!({ "sweep": weaker });
        let mistakes = override_axes(&mut weaker, &stronger, &|_| false);
        (weaker["sweep"].clone(), mistakes.into_iter().map(|mistake| mistake.path).collect())
    }

    fn prune(settings: Value) -> Value {
        json!({ "stage": { "sparse": { "prune": settings } } })
    }

    #[test]
    fn a_key_takes_the_place_of_the_axis() {
        let (sweep, mistakes) = over(json!({ "seed": [0, 1] }), json!({ "seed": 5 }));
        assert_eq!((sweep, mistakes.len()), (json!({}), 0));
        let weaker = prune(json!({ "importance": ["magnitude", "taylor"], "from": ["a", "b"] }));
        let stronger = prune(json!({ "importance": { "taylor": { "batches": 2 } } }));
        assert_eq!(over(weaker, stronger).0, prune(json!({ "from": ["a", "b"] })));
    }

    #[test]
    fn an_axis_takes_the_place_of_a_zipped_one_and_of_those_within_its_values() {
        let weaker = json!({ "zip": [{ "seed": [0, 1], "data": { "validation": [0.1, 0.2] } }] });
        let (sweep, _) = over(weaker, json!({ "sweep": { "seed": [5, 6] } }));
        assert_eq!(sweep, json!({ "zip": [{ "data": { "validation": [0.1, 0.2] } }] }));
        let weaker = prune(json!({ "importance": { "taylor": { "batches": [1, 2] } } }));
        let stronger = json!({ "sweep": prune(json!({ "importance": ["magnitude", "random"] })) });
        assert_eq!(over(weaker, stronger).0, json!({}));
    }

    #[test]
    fn positions_of_a_zip_that_only_the_overridden_axis_told_apart_are_one() {
        let target = |values: Value| json!({ "sparsity": values });
        let weaker = json!({ "zip": [prune(json!({
            "importance": ["magnitude", "taylor", { "taylor": {} }], "target": target(json!([0.5, 0.9, 0.98])),
        }))] });
        let (sweep, _) = over(weaker, prune(json!({ "target": target(json!(0.9)) })));
        assert_eq!(sweep, json!({ "zip": [prune(json!({ "importance": ["magnitude", "taylor"] }))] }));
    }

    #[test]
    fn another_variant_or_alternative_takes_the_axis_with_it() {
        let weaker = prune(json!({ "importance": { "taylor": { "batches": [1, 2] } } }));
        assert_eq!(over(weaker.clone(), prune(json!({ "importance": "magnitude" }))).0, json!({}));
        assert_eq!(over(weaker.clone(), prune(json!({ "from": "dense" }))).0, weaker);
        let weaker = prune(json!({ "recover": { "epochs": [1, 2] } }));
        assert_eq!(over(weaker, prune(json!({ "recover": { "steps": 7 } }))).0, json!({}));
    }

    #[test]
    fn a_key_within_values_that_are_tables_is_refused() {
        let weaker = prune(json!({ "recover": [{ "epochs": 1 }, { "epochs": 2 }] }));
        let (sweep, mistakes) = over(weaker.clone(), prune(json!({ "recover": { "batch": 8 } })));
        assert_eq!((sweep, mistakes), (weaker, vec!["stage.sparse.prune.recover.batch".to_owned()]));
    }

    #[test]
    fn entries_of_exclude_follow() {
        let weaker = json!({
            "seed": [0, 1, 2],
            "data": { "validation": [0.1, 0.2] },
            "exclude": [{ "seed": 2, "data": { "validation": 0.1 } }, { "seed": 1 }],
        });
        let (sweep, _) = over(weaker.clone(), json!({ "seed": 2 }));
        assert_eq!(sweep["exclude"], json!([{ "data": { "validation": 0.1 } }, null]));
        let (sweep, _) = over(weaker.clone(), json!({ "sweep": { "seed": [1, 5] } }));
        assert_eq!(sweep["exclude"], json!([null, { "seed": 1 }]));
        assert_eq!(over(weaker, json!({ "seed": 5 })).0["exclude"], json!([null, null]));
    }
}
