//! `sweep.exclude`: points that are dropped.

use super::read::{WrittenAxis, tables};
use crate::spec::check::Mistake;
use crate::spec::diagnostics::{as_toml, known_names, quoted, shortened};
use crate::spec::schema::normalize;
use crate::spec::source::join;
use serde_json::Value;

/// Each entry as pairs of axis (among the sound ones) and value: a point that has all of them is dropped.
pub(super) fn excluded(
    sweep: Option<&Value>,
    axes: &[&WrittenAxis],
    mistakes: &mut Vec<Mistake>,
) -> Vec<Vec<(usize, u32)>> {
    let mut rules = Vec::new();
    for (written, table) in tables(sweep.and_then(|sweep| sweep.get("exclude")), "sweep.exclude", mistakes) {
        if table.is_empty() {
            let help = vec!["name an axis and the value whose points are dropped".to_owned()];
            mistakes.push(Mistake::value(&written, "an empty entry excludes nothing", help));
            continue;
        }
        let mut entry = Entry { axes, conditions: Vec::new(), is_sound: true, mistakes };
        for (key, value) in table {
            entry.read(&[key.as_str()], value, &join(&written, key));
        }
        if entry.is_sound {
            rules.push(entry.conditions);
        }
    }
    rules
}

/// One entry, while it is read.
struct Entry<'a> {
    axes: &'a [&'a WrittenAxis],
    conditions: Vec<(usize, u32)>,
    /// Whether all of it could be understood.
    is_sound: bool,
    mistakes: &'a mut Vec<Mistake>,
}

impl Entry<'_> {
    fn read(&mut self, path: &[&str], value: &Value, written: &str) {
        if let Some(axis) = self.axes.iter().find(|axis| axis.path == path) {
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
                self.mistakes.push(Mistake::key(written, format!("`{key}` is not an axis"), help));
            }
        }
    }

    fn condition(&mut self, axis: &WrittenAxis, value: &Value, written: &str) {
        let Some(node) = axis.node else {
            self.is_sound = false;
            return;
        };
        let mut normal = value.clone();
        normalize(node, &mut normal);
        match axis.axis.values.iter().position(|one| *one == normal) {
            Some(_) if !axis.is_sound() => self.is_sound = false,
            Some(position) => {
                let sound = self.axes.iter().filter(|axis| axis.is_sound());
                let index = sound.map(|axis| &axis.path).position(|path| *path == axis.path);
                self.conditions.push((index.expect("the axis is sound"), position as u32));
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
