//! `sweep.exclude`: points that are dropped.

use super::read::{WrittenAxis, tables};
use crate::format::excerpt;
use crate::spec::check::Mistake;
use crate::spec::diagnostics::{as_toml, known_names, quoted, shortened};
use crate::spec::normalize::normalize;
use crate::spec::source::join;
use serde_json::Value;
use std::collections::BTreeMap;

/// An axis, counted among the sound ones, and the index of one of its values.
type Condition = (usize, u32);

/// What `sweep.exclude` says: entries by their first condition. A point that has all conditions of an entry is
/// dropped.
#[derive(Debug, Default)]
pub(super) struct Rules(BTreeMap<Condition, Vec<Vec<Condition>>>);

impl Rules {
    pub fn exclude(&self, point: &[u32]) -> bool {
        let holds = |&(axis, value): &Condition| point[axis] == value;
        let conditions = point.iter().enumerate().map(|(axis, &value)| (axis, value));
        let mut entries = conditions.filter_map(|condition| self.0.get(&condition)).flatten();
        entries.any(|entry| entry.iter().all(holds))
    }
}

/// Reads `sweep.exclude`.
pub(super) fn excluded(sweep: Option<&Value>, axes: &[&WrittenAxis], mistakes: &mut Vec<Mistake>) -> Rules {
    let mut rules = Rules::default();
    let mut positions = BTreeMap::new();
    for (written, table) in tables(sweep.and_then(|sweep| sweep.get("exclude")), "sweep.exclude", mistakes) {
        if table.is_empty() {
            let help = vec!["name an axis and the value whose points are dropped".to_owned()];
            mistakes.push(Mistake::value(&written, "an empty entry excludes nothing", help));
            continue;
        }
        let positions = &mut positions;
        let mut entry = Exclusion { axes, positions, conditions: Vec::new(), is_sound: true, mistakes };
        for (key, value) in table {
            entry.read(&[key.as_str()], value, &join(&written, key));
        }
        if entry.is_sound {
            rules.0.entry(entry.conditions[0]).or_default().push(entry.conditions);
        }
    }
    rules
}

/// One entry, while it is read.
struct Exclusion<'a> {
    axes: &'a [&'a WrittenAxis],
    /// The index of each value, for the axes that entries have named.
    positions: &'a mut BTreeMap<String, BTreeMap<String, u32>>,
    conditions: Vec<Condition>,
    /// Whether all of it could be understood.
    is_sound: bool,
    mistakes: &'a mut Vec<Mistake>,
}

impl Exclusion<'_> {
    fn read(&mut self, path: &[&str], value: &Value, written: &str) {
        if let Some(&axis) = self.axes.iter().find(|axis| axis.path == path) {
            return self.condition(axis, value, written);
        }
        let leads_on = self.axes.iter().any(|axis| {
            axis.path.len() > path.len() && axis.path.iter().zip(path).all(|(axis, key)| axis == key)
        });
        match value {
            Value::Object(entries) if leads_on => {
                for (name, value) in entries {
                    self.read(&[path, &[name]].concat(), value, &join(written, name));
                }
            }
            Value::Object(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                self.is_sound = false;
                let key = path.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(".");
                let names: Vec<_> = self.axes.iter().map(|axis| axis.axis.key.as_str()).collect();
                let help = known_names(&key, &names, "axes");
                self.mistakes.push(Mistake::key(
                    written,
                    format!("`{}` is not an axis", excerpt(&key)),
                    help,
                ));
            }
        }
    }

    fn condition(&mut self, axis: &WrittenAxis, value: &Value, written: &str) {
        // A null was reported where it was read.
        let (Some(node), false) = (axis.node, value.is_null()) else {
            self.is_sound = false;
            return;
        };
        let mut normal = value.clone();
        normalize(node, &mut normal);
        let positions = self.positions.entry(axis.axis.key.clone()).or_insert_with(|| {
            let texts = axis.axis.values.iter().map(Value::to_string);
            texts.zip(0..).collect()
        });
        match positions.get(&normal.to_string()) {
            Some(_) if !axis.is_sound() => self.is_sound = false,
            Some(&position) => {
                let sound = self.axes.iter().filter(|axis| axis.is_sound());
                let index = sound.map(|axis| &axis.path).position(|path| *path == axis.path);
                self.conditions.push((index.expect("the axis is sound"), position));
            }
            None => {
                self.is_sound = false;
                let help = vec![format!("its values: {}", shortened(&axis.axis.values, as_toml))];
                let message = format!("the axis `{}` has no value {}", axis.axis.key, as_toml(value));
                self.mistakes.push(Mistake::value(written, message, help));
            }
        }
    }
}
