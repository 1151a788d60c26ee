//! The axes of `[sweep]`: which there are, whether their keys exist, and whether their values fit.

use super::points::{Axis, Course};
use super::written::Sweep;
use crate::spec::check::{Mistake, check};
use crate::spec::diagnostics::{as_toml, known_names, quoted};
use crate::spec::normalize::normalize;
use crate::spec::schema_node::SchemaNode;
use crate::spec::source::join;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Sections of the experiment whose keys can be axes: those that change what is computed.
const SECTIONS: [&str; 3] = ["data", "seed", "stage"];

/// An axis and where it was written.
pub(super) struct WrittenAxis {
    /// Its values, each once, are normalized, where it is sound.
    pub axis: Axis,
    /// Its key, split.
    pub path: Vec<String>,
    pub course: Course,
    /// What its values are; `None` where its key does not exist.
    pub node: Option<SchemaNode<'static>>,
    /// Whether something else is wrong with it.
    pub is_broken: bool,
}

impl WrittenAxis {
    /// Whether its key exists and its values fit.
    pub fn is_sound(&self) -> bool {
        self.node.is_some() && !self.is_broken
    }
}

/// A group of axes that advance together; of one axis, in the product.
pub(super) struct Group {
    pub axes: Vec<WrittenAxis>,
    pub length: usize,
}

pub(super) struct Reader<'a> {
    base: &'a Value,
    pub mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    pub fn new(base: &'a Value) -> Self {
        Self { base, mistakes: Vec::new() }
    }

    pub fn groups(&mut self, sweep: Option<&Value>) -> Vec<Group> {
        let entries = match sweep {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Object(entries)) => entries,
            Some(_) => {
                self.mistakes.push(Mistake::value("sweep", "the sweep is a table of axes", Vec::new()));
                return Vec::new();
            }
        };
        let mut axes = Vec::new();
        for (key, value) in entries.iter().filter(|(key, _)| !Sweep::OWN.contains(&key.as_str())) {
            self.axes(&[key.as_str()], value, &join("sweep", key), &mut axes);
        }
        axes.sort_by(|one, other| one.path.cmp(&other.path));
        let mut groups: Vec<Group> =
            axes.into_iter().map(|axis| Group { length: axis.course.length(), axes: vec![axis] }).collect();
        for (written, zip) in tables(entries.get("zip"), "sweep.zip", &mut self.mistakes) {
            groups.extend(self.zipped(zip, &written));
        }
        let mut seen = BTreeSet::new();
        for axis in groups.iter_mut().flat_map(|group| &mut group.axes) {
            if !seen.insert(axis.path.clone()) {
                let message = format!("`{}` is an axis twice", axis.axis.key);
                self.mistakes.push(Mistake::key(&axis.course.written, message, Vec::new()));
                axis.is_broken = true;
            }
        }
        // The sort is stable, and the seed comes last, so that the seeds of one setting are neighbours.
        groups.sort_by_key(|group| group.axes.iter().any(|axis| axis.axis.key == "seed"));
        groups
    }

    /// The axes of one table of `[[sweep.zip]]`.
    fn zipped(&mut self, zip: &Map<String, Value>, written: &str) -> Option<Group> {
        let mut axes = Vec::new();
        for (key, value) in zip {
            self.axes(&[key.as_str()], value, &join(written, key), &mut axes);
        }
        let length = axes.first()?.course.length();
        let before = self.mistakes.len();
        if axes.iter().any(|axis| axis.course.length() != length) {
            let each = axes
                .iter()
                .map(|WrittenAxis { axis, course, .. }| format!("`{}` has {}", axis.key, course.length()));
            let message = "axes that advance together have equally many values";
            let help = vec![each.collect::<Vec<_>>().join(", ")];
            self.mistakes.push(Mistake::value(written, message, help));
        } else if axes.iter().all(WrittenAxis::is_sound) {
            self.mistakes.extend(repeated_positions(&axes, length));
        }
        if self.mistakes.len() > before {
            axes.iter_mut().for_each(|axis| axis.is_broken = true);
        }
        Some(Group { axes, length })
    }

    /// Collects the axes at and below `path`: a list is an axis, and a table may hold some.
    fn axes(&mut self, path: &[&str], value: &Value, written: &str, axes: &mut Vec<WrittenAxis>) {
        match value {
            Value::Object(entries) if !entries.is_empty() => {
                for (name, value) in entries {
                    self.axes(&[path, &[name]].concat(), value, &join(written, name), axes);
                }
            }
            Value::Array(values) => {
                let node = self.known(path, written);
                let mut values = values.clone();
                let is_broken = node.is_some_and(|node| !self.fit(node, &mut values, written));
                let key = path.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(".");
                let path = path.iter().map(ToString::to_string).collect();
                let (values, course) = Course::of(values, written);
                axes.push(WrittenAxis { axis: Axis { key, values }, path, course, node, is_broken });
            }
            // A null was reported where it was read.
            Value::Null => {}
            other => {
                // A misspelt `sample = {…}` is better told about the key than about the value.
                if self.known(path, written).is_some() {
                    let help = format!(
                        "a list is an axis: write `[{}]`, or set the key outside of the sweep",
                        as_toml(other)
                    );
                    let message = format!("{} is not a list", as_toml(other));
                    self.mistakes.push(Mistake::value(written, message, vec![help]));
                }
            }
        }
    }

    /// Whether the values of an axis are there and what stands at its key, and, of one that is not in a zip, whether they
    /// differ. Normalizes them.
    fn fit(&mut self, node: SchemaNode<'static>, values: &mut [Value], written: &str) -> bool {
        let before = self.mistakes.len();
        if values.is_empty() {
            let help = vec!["give it a value, or take it out".to_owned()];
            self.mistakes.push(Mistake::value(written, "an axis without values leaves no point", help));
        }
        let mut seen = BTreeSet::new();
        for (index, value) in values.iter_mut().enumerate() {
            let path = join(written, &index.to_string());
            let found = check(node, value, &path, &[]);
            let shown = as_toml(value);
            normalize(node, value);
            if !seen.insert(value.to_string()) && found.is_empty() && !is_zipped(written) {
                self.mistakes.push(Mistake::value(
                    &path,
                    format!("{shown} is in this axis twice"),
                    Vec::new(),
                ));
            }
            self.mistakes.extend(found);
        }
        // A null was reported where it was read.
        self.mistakes.len() == before && !values.contains(&Value::Null)
    }

    /// The schema at an axis's key, or a mistake at the first part of it that there is not. Where the
    /// experiment says which stages there are, or which variant is chosen, that counts.
    fn known(&mut self, path: &[&str], written: &str) -> Option<SchemaNode<'static>> {
        let mut node = SchemaNode::root();
        let mut base = Some(self.base);
        for (depth, key) in path.iter().enumerate() {
            let entries = base.and_then(Value::as_object);
            let child = node.child(key);
            let (message, help) = match (depth, entries) {
                (0, _) if !SECTIONS.contains(key) => {
                    let others = if is_zipped(written) { &[][..] } else { &Sweep::OWN };
                    let names = [&SECTIONS, others].concat();
                    let message = match child {
                        Some(_) => format!("`{key}` cannot be an axis: it changes nothing that is computed"),
                        None => format!("there is no key `{key}` for an axis to set"),
                    };
                    (message, known_names(key, &names, "known here"))
                }
                (1, _) if path[0] == "stage" && entries.is_none_or(|stages| !stages.contains_key(*key)) => {
                    let names: Vec<_> = entries.into_iter().flat_map(Map::keys).map(String::as_str).collect();
                    (format!("there is no stage `{key}`"), known_names(key, &names, "stages"))
                }
                (_, _) if child.is_none() => {
                    let message =
                        format!("there is no key `{}` for an axis to set", path[..=depth].join("."));
                    (message, known_names(key, &node.keys(), "known here"))
                }
                (_, _) => {
                    match base.filter(|_| node.is_enum()).and_then(variant).filter(|chosen| chosen != key) {
                        Some(chosen) => {
                            let at = path[..depth].join(".");
                            let help = format!(
                                "to choose between them, make `{at}` the axis, with tables as its values"
                            );
                            (format!("the experiment chose `{chosen}` here, not `{key}`"), vec![help])
                        }
                        None => {
                            node = child.expect("that it is none is a case above");
                            base = base.and_then(|base| base.get(key));
                            continue;
                        }
                    }
                }
            };
            // The mistake is shown at the first part of the key that does not exist.
            let rest: usize = path[depth + 1..].iter().map(|key| key.len() + 1).sum();
            self.mistakes.push(Mistake::key(&written[..written.len() - rest], message, help));
            return None;
        }
        Some(node)
    }
}

/// Every position of a zip at which each of its `axes` has the value that it has at an earlier one.
fn repeated_positions(axes: &[WrittenAxis], length: usize) -> Vec<Mistake> {
    let mut known: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
    let repeated = (0..length).filter_map(|position| {
        let values = axes.iter().map(|axis| axis.course.positions[position]).collect();
        let earlier = *known.entry(values).or_insert(position);
        (earlier != position).then(|| {
            let message = format!(
                "positions {} and {} of this zip have the same value on all of its axes",
                earlier + 1,
                position + 1
            );
            let at = join(&axes[0].course.written, &position.to_string());
            Mistake::value(&at, message, vec!["leave one of the two out, on each of its axes".to_owned()])
        })
    });
    repeated.collect()
}

/// Whether an axis that is written there is in a table of `[[sweep.zip]]`.
fn is_zipped(written: &str) -> bool {
    written.starts_with("sweep.zip.")
}

/// The variant that `value` chooses, where it does.
pub(super) fn variant(value: &Value) -> Option<&str> {
    match value {
        Value::String(name) => Some(name),
        Value::Object(entries) => entries.keys().next().map(String::as_str),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// The tables of a list of tables, each with where it was written.
pub(super) fn tables<'a>(
    list: Option<&'a Value>,
    written: &str,
    mistakes: &mut Vec<Mistake>,
) -> Vec<(String, &'a Map<String, Value>)> {
    let Some(list) = list.filter(|list| !list.is_null()) else { return Vec::new() };
    // Null is what was reported where it was read, or an entry that a stronger layer took out.
    let entries = list.as_array().map(|list| list.iter().enumerate().filter(|(_, entry)| !entry.is_null()));
    let table =
        |(index, entry): (usize, &'a Value)| Some((join(written, &index.to_string()), entry.as_object()?));
    match entries.and_then(|entries| entries.map(table).collect::<Option<Vec<_>>>()) {
        Some(tables) => tables,
        None => {
            let help = vec![format!("write `[[{written}]]` above each table")];
            mistakes.push(Mistake::value(written, "this is a list of tables", help));
            Vec::new()
        }
    }
}
