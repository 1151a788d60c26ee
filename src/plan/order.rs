//! Which stages a stage may build on, and an order in which they can be done.

use crate::spec::Loaded;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// For each stage, those that it may build on at some point of the sweep.
pub(super) type Mentions<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Stages that `stage` may build on: every string in it, at any point, that is a stage's name.
pub(super) fn mentions<'a>(
    loaded: &Loaded,
    stage: &str,
    names: &[&'a str],
    axes: &[usize],
    first: &[u32],
) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    collect(&loaded.at(first, &["stage", stage]), names, &mut found);
    for &axis in axes {
        loaded.points.axes[axis].values.iter().for_each(|value| collect(value, names, &mut found));
    }
    found.remove(stage);
    found
}

fn collect<'a>(value: &Value, names: &[&'a str], found: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) => found.extend(names.iter().find(|name| *name == text)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, names, found)),
        Value::Object(entries) => entries.values().for_each(|value| collect(value, names, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `name` and everything it builds on.
pub(super) fn closure<'a>(name: &'a str, mentions: &Mentions<'a>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(&mentions[name]);
        }
    }
    found
}

/// Stages after those they build on, by name otherwise.
pub(super) fn in_order<'a>(names: &[&'a str], mentions: &Mentions<'a>) -> Vec<&'a str> {
    let mut order: Vec<&str> = Vec::new();
    while let Some(next) = names
        .iter()
        .filter(|name| !order.contains(name))
        .min_by_key(|name| mentions[**name].iter().filter(|on| !order.contains(on)).count())
    {
        order.push(next);
    }
    order
}
