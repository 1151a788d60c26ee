//! What a claim says of its networks: a stage, a round, and values of axes.

use crate::format::excerpt;
use crate::spec::WrittenCell;
use crate::spec::check::Mistake;
use crate::spec::diagnostics::{as_toml, known_names, listed, shortened};
use crate::spec::normalize::normalize;
use crate::spec::overlay::Overlay;
use crate::spec::schema_node::SchemaNode;
use crate::spec::source::join;
use crate::spec::{Axis, Chart};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is said of some networks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Conditions {
    pub stage: Option<String>,
    pub round: Option<u32>,
    /// The index of the value of each axis that is named.
    pub values: BTreeMap<usize, u32>,
    /// What is named and not in this run, because something was set over the file.
    pub not_run: Option<String>,
}

/// Reads what cells say, and collects what is wrong with it.
pub(super) struct Reader<'a> {
    pub overlay: &'a Overlay,
    /// Whether something stands over what is written at a path.
    pub is_overridden: &'a dyn Fn(&str) -> bool,
    pub mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    /// What the cell written at `path` says, of `stage` where it names none; `None` where something is wrong with it.
    pub fn read(&mut self, cell: &WrittenCell, path: &str, stage: Option<&str>) -> Option<Conditions> {
        let before = self.mistakes.len();
        let stage = cell.stage().or(stage);
        let mut conditions = Conditions::default();
        for (key, value) in &cell.0 {
            let at = join(path, key);
            match (key.as_str(), value) {
                ("stage", Value::String(name)) => conditions.stage = self.stage(name, &at),
                ("round", Value::Number(round)) => {
                    conditions.round = round.as_u64().map(|round| round as u32)
                }
                _ => {
                    let name: Vec<&str> = key.split('.').collect();
                    self.axis(&name, value, &at, stage, &mut conditions);
                }
            }
        }
        (self.mistakes.len() == before).then_some(conditions)
    }

    fn stage(&mut self, name: &str, at: &str) -> Option<String> {
        let stages = self.overlay.value.get("stage").and_then(Value::as_object);
        let names: Vec<&str> = stages.into_iter().flat_map(|all| all.keys()).map(String::as_str).collect();
        if !names.contains(&name) {
            let message = format!("there is no stage `{}`", excerpt(name));
            self.mistakes.push(Mistake::value(at, message, known_names(name, &names, "stages")));
            return None;
        }
        Some(name.to_owned())
    }

    /// Reads the value of the axis whose key ends with `name`, or of several that `name` leads to; of several that end with
    /// it, that of `stage`.
    fn axis(
        &mut self,
        name: &[&str],
        value: &Value,
        at: &str,
        stage: Option<&str>,
        conditions: &mut Conditions,
    ) {
        let points = &self.overlay.points;
        let ends =
            |path: &[String]| path.ends_with(&name.iter().map(|&part| part.into()).collect::<Vec<String>>());
        let found: Vec<usize> = (0..points.paths.len()).filter(|&axis| ends(&points.paths[axis])).collect();
        let is_own = |axis: &usize| match points.paths[*axis].as_slice() {
            [first, name, ..] => first == "stage" && stage == Some(name),
            _ => false,
        };
        let own: Vec<usize> = found.iter().copied().filter(is_own).collect();
        let found = if found.len() > 1 && own.len() == 1 { own } else { found };
        match (found.as_slice(), value) {
            ([axis], _) if points.axes[*axis].key == "seed" => {
                let message = "a claim is about the mean over all seeds";
                self.mistakes.push(Mistake::key(at, message, vec!["leave `seed` out".to_owned()]));
            }
            ([axis], _) => self.value(*axis, value, at, conditions),
            ([], _) if self.is_set_over(name, value, conditions) => {}
            ([], Value::Object(entries)) if self.leads_on(name) => {
                for (key, value) in entries {
                    self.axis(&[name, &[key.as_str()]].concat(), value, &join(at, key), stage, conditions);
                }
            }
            ([], _) => self.unknown(&name.join("."), at),
            (several, _) => {
                let keys: Vec<&str> = several.iter().map(|&axis| points.axes[axis].key.as_str()).collect();
                let message = format!("`{}` may be one of several axes", name.join("."));
                let help = format!("write more of its key, in quotes: {}", listed(&keys));
                self.mistakes.push(Mistake::key(at, message, vec![help]));
            }
        }
    }

    /// Whether `name` is a part within the key of an axis.
    fn leads_on(&self, name: &[&str]) -> bool {
        let written = self.overlay.axes.iter().map(|key| key.split('.').collect::<Vec<_>>());
        written.into_iter().any(|path| path.windows(name.len()).any(|part| part == name))
    }

    /// Whether `name` is an axis of the file over which one value was set; where it is another one, these networks are not
    /// run.
    fn is_set_over(&self, name: &[&str], value: &Value, conditions: &mut Conditions) -> bool {
        let ends = |key: &&String| key.split('.').collect::<Vec<_>>().ends_with(name);
        let Some(key) = self.overlay.axes.iter().find(ends) else { return false };
        let path: Vec<&str> = key.split('.').collect();
        let first = self.overlay.points.first();
        let there = self.overlay.at(&first, &path);
        if normal(&path, value) != normal(&path, &there) {
            let why = format!("`{key}` is {} in this run, not {}", as_toml(&there), as_toml(value));
            conditions.not_run.get_or_insert(why);
        }
        true
    }

    fn value(&mut self, axis: usize, value: &Value, at: &str, conditions: &mut Conditions) {
        let points = &self.overlay.points;
        let Axis { key, values } = &points.axes[axis];
        let path: Vec<&str> = points.paths[axis].iter().map(String::as_str).collect();
        let wanted = normal(&path, value);
        match values.iter().position(|value| *value == wanted) {
            Some(position) => _ = conditions.values.insert(axis, position as u32),
            None if (self.is_overridden)(points.written(axis)) => {
                let why = format!("`{key}` is not {} in this run", as_toml(value));
                conditions.not_run.get_or_insert(why);
            }
            None => {
                let message = format!("the axis `{key}` has no value {}", as_toml(value));
                let help = vec![format!("its values: {}", shortened(values, as_toml))];
                self.mistakes.push(Mistake::value(at, message, help));
            }
        }
    }

    fn unknown(&mut self, name: &str, at: &str) {
        let keys: Vec<&str> = self.overlay.points.axes.iter().map(|axis| axis.key.as_str()).collect();
        let axes: Vec<&str> = keys.into_iter().filter(|key| *key != "seed").collect();
        let (message, help) = if Chart::MEASURED.contains(&name) {
            let message = format!("`{name}` is what was measured, and networks are named by what was set");
            (message, vec![format!("axes: {}", listed(&axes))])
        } else {
            let known = [&["stage", "round"], &axes[..]].concat();
            (format!("`{}` is no axis of the sweep", excerpt(name)), known_names(name, &known, "known here"))
        };
        self.mistakes.push(Mistake::key(at, message, help));
    }
}

/// `value` as an axis with the key `path` has it.
fn normal(path: &[&str], value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(node) = path.iter().try_fold(SchemaNode::root(), |node, key| node.child(key)) {
        normalize(node, &mut value);
    }
    value
}
