//! Which stages a stage builds on, and an order in which they can be done.

use super::PlanError;
use super::sections::Section;
use crate::spec::Stage;
use std::collections::{BTreeMap, BTreeSet};

/// For each stage, those that it names at some point of the sweep.
pub(super) type References<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The stages that each stage names at some of `points`.
pub(super) fn references<'a>(
    stages: &mut BTreeMap<&'a str, Section<'_, Stage>>,
    points: &[Box<[u32]>],
) -> Result<References<'a>, PlanError> {
    let names: BTreeSet<&'a str> = stages.keys().copied().collect();
    let mut references = References::new();
    for (&name, section) in stages {
        let found = references.entry(name).or_default();
        section.each(points, |stage| {
            let named = stage.references().into_iter();
            found.extend(named.filter_map(|reference| names.get(reference.stage).copied()));
        })?;
    }
    Ok(references)
}

/// `name` and everything it builds on.
pub(super) fn closure<'a>(name: &'a str, references: &References<'a>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(&references[name]);
        }
    }
    found
}

/// Stages after those they build on, by name otherwise. Where stages build on each other, at different points
/// of the sweep, the one with the fewest stages before it that are not there yet comes first.
pub(super) fn in_order<'a>(references: &References<'a>) -> Vec<&'a str> {
    let mut order: Vec<&str> = Vec::new();
    let mut rest: BTreeSet<&str> = references.keys().copied().collect();
    let missing = |name: &str, rest: &BTreeSet<&str>| {
        references[name].iter().filter(|on| **on != name && rest.contains(**on)).count()
    };
    while let Some(next) = rest.iter().copied().min_by_key(|name| missing(name, &rest)) {
        rest.remove(next);
        order.push(next);
    }
    order
}
