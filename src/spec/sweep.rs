//! `[sweep]`: which keys take several values, and the points that makes.

use super::check::{Mistake, check};
use super::diagnostics::known_names;
use super::layers::split;
use super::schema::{Node, normalize};
use super::source::join;
use crate::draw::{Draw, Purpose};
use rand::seq::SliceRandom;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Keys of this same file that take several values: a list is an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep(Map<String, Value>);

impl JsonSchema for Sweep {
    fn schema_name() -> Cow<'static, str> {
        "Sweep".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "Keys of this same file that take several values: a list is an axis, and the sweep is the \
                            product of its axes.",
            "properties": {
                "zip": {
                    "type": "array",
                    "items": { "type": "object" },
                    "description": "Tables of axes that advance together; their lists are of the same length."
                },
                "exclude": {
                    "type": "array",
                    "items": { "type": "object" },
                    "description": "Points that are dropped: those that have all the values of one of these tables."
                },
                "sample": generator.subschema_for::<Sample>()
            }
        })
    }
}

/// A random subset of the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sample {
    /// How many points.
    #[schemars(range(min = 1))]
    pub count: usize,
    /// Names the draw.
    #[serde(default)]
    pub seed: u64,
}

/// One key of the experiment that takes several values.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Dotted key, as `stage.sparse.prune.importance`.
    pub key: String,
    pub values: Vec<Value>,
}

/// Every point of the sweep: which value each axis takes. Without a sweep, one point and no axes.
///
/// Axes are in the order of their keys, those of the product first, then each `zip`, and the seed last.
/// Points count up like numbers, the last axis fastest, so that the seeds of one setting are neighbours.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    pub axes: Vec<Axis>,
    /// For each point, the index of each axis's value, in the order of `axes`.
    pub points: Vec<Box<[u32]>>,
    /// Where each axis was written: `sweep.…`, or `sweep.zip.0.…`.
    written: Vec<String>,
}

impl Points {
    pub(super) fn keys(&self) -> Vec<String> {
        self.axes.iter().map(|axis| axis.key.clone()).collect()
    }

    /// The path in the file of what stands at `path` of the experiment at `point`.
    pub(super) fn origin(&self, path: &str, point: &[u32]) -> String {
        let found = self.axes.iter().enumerate().filter_map(|(index, axis)| {
            let rest = path.strip_prefix(&axis.key)?;
            (rest.is_empty() || rest.starts_with('.'))
                .then(|| format!("{}.{}{rest}", self.written[index], point[index]))
        });
        found.max_by_key(String::len).unwrap_or_else(|| path.to_owned())
    }
}

/// A group of axes that advance together; of one axis, in the product.
struct Group {
    axes: Vec<(Axis, String)>,
    length: usize,
}

/// Reads `[sweep]` and expands it. `base` is the experiment without it.
pub(super) fn expand(sweep: Option<&Value>, base: &Value) -> (Points, Vec<Mistake>) {
    let mut reader = Reader { base, mistakes: Vec::new() };
    let groups = reader.groups(sweep);
    let axes: Vec<&(Axis, String)> = groups.iter().flat_map(|group| &group.axes).collect();
    let excluded = reader.excluded(sweep, &axes);
    let mut points = product(&groups);
    points
        .retain(|point| !excluded.iter().any(|rule| rule.iter().all(|&(axis, value)| point[axis] == value)));
    if points.is_empty() && reader.mistakes.is_empty() {
        let help = vec!["remove an entry of `sweep.exclude`, or add values to an axis".to_owned()];
        reader.mistakes.push(Mistake::key("sweep.exclude", "the sweep excludes all of its points", help));
    }
    if let Some(sample) = sweep.and_then(|sweep| sweep.get("sample")) {
        reader.sample(sample, &mut points);
    }
    let (mut axes, written): (Vec<Axis>, Vec<String>) = axes.into_iter().cloned().unzip();
    if reader.mistakes.is_empty() {
        for axis in &mut axes {
            let node = reader.schema_at(&split(&axis.key)).expect("the key was checked");
            axis.values.iter_mut().for_each(|value| normalize(node, value));
        }
    }
    (Points { axes, points, written }, reader.mistakes)
}

/// Every combination of the groups' positions, the last fastest.
fn product(groups: &[Group]) -> Vec<Box<[u32]>> {
    let mut points = vec![Vec::new()];
    for group in groups {
        let extend = |point: Vec<u32>| {
            (0..group.length as u32).map(move |value| {
                let mut point = point.clone();
                point.extend(std::iter::repeat_n(value, group.axes.len()));
                point
            })
        };
        points = points.into_iter().flat_map(extend).collect();
    }
    points.into_iter().map(Vec::into_boxed_slice).collect()
}

struct Reader<'a> {
    base: &'a Value,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn groups(&mut self, sweep: Option<&Value>) -> Vec<Group> {
        let entries = match sweep {
            None => return Vec::new(),
            Some(Value::Object(entries)) => entries,
            Some(_) => {
                self.mistakes.push(Mistake::value("sweep", "the sweep is a table of axes", Vec::new()));
                return Vec::new();
            }
        };
        let mut axes = Vec::new();
        for (key, value) in entries {
            if !["zip", "exclude", "sample"].contains(&key.as_str()) {
                self.axes(key, value, &join("sweep", key), &mut axes);
            }
        }
        let mut groups: Vec<Group> =
            axes.into_iter().map(|axis| Group { length: axis.0.values.len(), axes: vec![axis] }).collect();
        let zips = self.tables(entries.get("zip"), "sweep.zip");
        for (written, zip) in zips {
            let mut axes = Vec::new();
            for (key, value) in zip {
                self.axes(key, value, &join(&written, key), &mut axes);
            }
            let lengths: Vec<_> = axes.iter().map(|(axis, _)| axis.values.len()).collect();
            if lengths.windows(2).any(|pair| pair[0] != pair[1]) {
                let each: Vec<_> =
                    axes.iter().map(|(axis, _)| format!("{} has {}", axis.key, axis.values.len())).collect();
                let message = "axes that advance together are of the same length";
                self.mistakes.push(Mistake::value(&written, message, vec![each.join(", ")]));
            }
            let length = lengths.into_iter().min().unwrap_or(1);
            groups.push(Group { axes, length });
        }
        let mut seen: Vec<&str> = Vec::new();
        for (axis, written) in groups.iter().flat_map(|group| &group.axes) {
            if seen.contains(&axis.key.as_str()) {
                self.mistakes.push(Mistake::key(
                    written,
                    format!("`{}` is an axis twice", axis.key),
                    Vec::new(),
                ));
            }
            seen.push(&axis.key);
        }
        // Stable: the seeds of one setting are neighbours.
        groups.sort_by_key(|group| group.axes.iter().any(|(axis, _)| axis.key == "seed"));
        groups
    }

    /// The axes below `key`: lists; tables are gone down into.
    fn axes(&mut self, key: &str, value: &Value, written: &str, axes: &mut Vec<(Axis, String)>) {
        match value {
            Value::Object(entries) if !entries.is_empty() => {
                for (name, value) in entries {
                    self.axes(&join(key, name), value, &join(written, name), axes);
                }
            }
            Value::Array(values) => {
                if let Some(node) = self.known(key, written) {
                    self.values(node, values, written);
                }
                axes.push((Axis { key: key.to_owned(), values: values.clone() }, written.to_owned()));
            }
            other => {
                let help = vec![format!(
                    "a list is an axis: write `[{other}]`, or set the key outside of the sweep"
                )];
                self.mistakes.push(Mistake::value(written, format!("{other} is not a list"), help));
            }
        }
    }

    fn values(&mut self, node: Node<'static>, values: &[Value], written: &str) {
        if values.is_empty() {
            self.mistakes.push(Mistake::value(written, "an axis without values leaves no point", Vec::new()));
        }
        for (index, value) in values.iter().enumerate() {
            let path = join(written, &index.to_string());
            if values[..index].contains(value) {
                self.mistakes.push(Mistake::value(
                    &path,
                    format!("{value} is in this axis twice"),
                    Vec::new(),
                ));
            }
            self.mistakes.extend(check(node, value, &path, &[]));
        }
    }

    /// The schema at an axis's key, or a mistake at the first part of it that there is not.
    fn known(&mut self, key: &str, written: &str) -> Option<Node<'static>> {
        match self.schema_at(&split(key)) {
            Ok(node) => Some(node),
            Err((unknown, known)) => {
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                let message =
                    format!("there is no key `{key}` for this axis to set: `{unknown}` is not known");
                self.mistakes.push(Mistake::key(
                    written,
                    message,
                    known_names(&unknown, &names, "known there"),
                ));
                None
            }
        }
    }

    /// The schema at `path`; else the part that is not known, and what is known in its place. Where the
    /// experiment says which stages there are, or which variant is chosen, that counts.
    fn schema_at(&self, path: &[String]) -> Result<Node<'static>, (String, Vec<String>)> {
        let mut node = Node::root();
        let mut base = Some(self.base);
        for key in path {
            let chosen = base.and_then(Value::as_object);
            let is_open = node.keys().is_empty() && node.others().is_some();
            if (is_open || node.is_enum())
                && let Some(chosen) = chosen
                && !chosen.contains_key(key)
            {
                return Err((key.clone(), chosen.keys().cloned().collect()));
            }
            let known = || node.keys().into_iter().map(str::to_owned).collect();
            node = node.child(key).ok_or_else(|| (key.clone(), known()))?;
            base = base.and_then(|base| base.get(key));
        }
        Ok(node)
    }

    /// Each entry of `sweep.exclude` as pairs of axis and value.
    fn excluded(&mut self, sweep: Option<&Value>, axes: &[&(Axis, String)]) -> Vec<Vec<(usize, u32)>> {
        let tables = self.tables(sweep.and_then(|sweep| sweep.get("exclude")), "sweep.exclude");
        let mut rules = Vec::new();
        for (written, table) in tables {
            let mut rule = Vec::new();
            for (key, value) in table {
                self.conditions(key, value, &join(&written, key), axes, &mut rule);
            }
            if !rule.is_empty() {
                rules.push(rule);
            }
        }
        rules
    }

    fn conditions(
        &mut self,
        key: &str,
        value: &Value,
        written: &str,
        axes: &[&(Axis, String)],
        rule: &mut Vec<(usize, u32)>,
    ) {
        if let Some(index) = axes.iter().position(|(axis, _)| axis.key == key) {
            let values = &axes[index].0.values;
            match values.iter().position(|one| one == value) {
                Some(position) => rule.push((index, position as u32)),
                None => {
                    let all: Vec<_> = values.iter().map(Value::to_string).collect();
                    let help = vec![format!("its values: {}", all.join(", "))];
                    self.mistakes.push(Mistake::value(
                        written,
                        format!("the axis `{key}` has no value {value}"),
                        help,
                    ));
                }
            }
            return;
        }
        let leads_on = axes.iter().any(|(axis, _)| axis.key.starts_with(&format!("{key}.")));
        match value {
            Value::Object(entries) if leads_on => {
                for (name, value) in entries {
                    self.conditions(&join(key, name), value, &join(written, name), axes, rule);
                }
            }
            Value::Object(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                let names: Vec<_> = axes.iter().map(|(axis, _)| axis.key.as_str()).collect();
                let help = known_names(key, &names, "axes");
                self.mistakes.push(Mistake::key(written, format!("`{key}` is not an axis"), help));
            }
        }
    }

    fn sample(&mut self, sample: &Value, points: &mut Vec<Box<[u32]>>) {
        let node =
            Node::root().child("sweep").and_then(|sweep| sweep.child("sample")).expect("it is in the schema");
        let mistakes = check(node, sample, "sweep.sample", &[]);
        if !mistakes.is_empty() {
            self.mistakes.extend(mistakes);
            return;
        }
        let Sample { count, seed } = Sample::deserialize(sample).expect("it was checked");
        let mut chosen: Vec<usize> = (0..points.len()).collect();
        chosen.shuffle(&mut Draw::new(seed, "sweep").generator(Purpose::SweepSample, 0));
        chosen.truncate(count);
        chosen.sort_unstable();
        *points = chosen.into_iter().map(|index| points[index].clone()).collect();
    }

    /// The tables of a list of tables, each with where it was written.
    fn tables<'a>(
        &mut self,
        list: Option<&'a Value>,
        written: &str,
    ) -> Vec<(String, &'a Map<String, Value>)> {
        let Some(list) = list else { return Vec::new() };
        let tables =
            list.as_array().map(|list| list.iter().map(Value::as_object).collect::<Option<Vec<_>>>());
        match tables.flatten() {
            Some(tables) => {
                let place = |index: usize| join(written, &index.to_string());
                tables.into_iter().enumerate().map(|(index, table)| (place(index), table)).collect()
            }
            None => {
                let help = vec![format!("write `[[{written}]]` above each table")];
                self.mistakes.push(Mistake::value(written, "this is a list of tables", help));
                Vec::new()
            }
        }
    }
}
