//! The experiment at the points of its sweep, and the mistakes it has there.

use super::check::{Mistake, check};
use super::diagnostics::{Diagnostics, as_toml};
use super::merge::set;
use super::references::written;
use super::schema_node::SchemaNode;
use super::sweep::Points;
use super::validate::{Sections, validate};
use super::{Chart, Stage};
use crate::data::Data;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Settings of a sweep that are all looked at for mistakes; of more, each value of each axis once.
const MOST_SETTINGS: usize = 256;

/// `section` of the experiment `value` at `point` of its sweep; null where the experiment does not have it.
pub(super) fn at(value: &Value, points: &Points, point: &[u32], section: &[&str]) -> Value {
    let base = section.iter().try_fold(value, |value, key| value.get(key));
    let mut value = base.cloned().unwrap_or(Value::Null);
    for axis in touching(points, section) {
        let (path, axis_value) = (&points.paths[axis], &points.axes[axis].values[point[axis] as usize]);
        if path.len() >= section.len() {
            set(&mut value, &path[section.len()..], axis_value);
        } else {
            let below = section[path.len()..].iter().try_fold(axis_value, |value, key| value.get(key));
            value = below.cloned().unwrap_or(Value::Null);
        }
    }
    value
}

/// The axes whose value changes `section`, those of the shortest keys first: the order in which they are
/// put in.
pub(super) fn touching<'a>(points: &'a Points, section: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
    let touches = move |path: &[String]| path.iter().zip(section).all(|(key, section)| key == section);
    points.order.iter().copied().filter(move |&axis| touches(&points.paths[axis]))
}

/// The merged experiment with its sweep, before all of it is known to be right.
pub(super) struct Overlay {
    pub value: Value,
    pub points: Points,
    /// Keys of all axes as they are written, those too that are overridden or have mistakes.
    pub axes: Rc<BTreeSet<String>>,
}

impl Overlay {
    pub fn at(&self, point: &[u32], section: &[&str]) -> Value {
        at(&self.value, &self.points, point, section)
    }

    /// Mistakes at the settings of the sweep: of meaning, and, where none was found before (`with_form`), of
    /// form too, which only several axes together can make. `broken` are keys of axes that could not be
    /// put in, so that nothing can be said about what they touch.
    pub fn mistakes(&self, broken: &[Vec<String>], with_form: bool) -> Vec<Mistake> {
        let mut mistakes: Vec<Mistake> = Vec::new();
        let mut known = BTreeSet::new();
        let mut reader = Reader::new(self, broken);
        let settings = self.points.settings(MOST_SETTINGS);
        for point in &settings {
            let (sections, form) = reader.sections(point);
            let form = form.into_iter().filter(|_| with_form);
            for mut mistake in form.chain(validate(&sections)) {
                let path = self.points.origin(&mistake.path, point);
                if known.insert((path.clone(), mistake.message.clone())) {
                    // In an axis value it is plain which point is meant.
                    if path == mistake.path {
                        mistake.help.extend(self.difference(&settings[0], point));
                    }
                    mistakes.push(Mistake { path, ..mistake });
                }
            }
            if mistakes.len() > Diagnostics::MOST {
                break;
            }
        }
        mistakes
    }

    /// What sets `point` apart from the first one.
    fn difference(&self, first: &[u32], point: &[u32]) -> Option<String> {
        let axes = self.points.axes.iter().zip(first.iter().zip(point)).filter(|(_, (a, b))| a != b);
        let values: Vec<_> = axes
            .map(|(axis, (_, &value))| format!("`{}` is {}", axis.key, as_toml(&axis.values[value as usize])))
            .collect();
        (!values.is_empty()).then(|| format!("this is so where {}", values.join(" and ")))
    }
}

/// Reads the parts of the experiment, each once for each combination of the axis values that touch it.
struct Reader<'a> {
    overlay: &'a Overlay,
    broken: &'a [Vec<String>],
    data: Known<Data>,
    stages: BTreeMap<String, Known<Stage>>,
    charts: Vec<Option<Chart>>,
    /// Mistakes of form, since they were last asked for.
    mistakes: Vec<Mistake>,
}

/// A section by the values of the axes that touch it; `None` where it has mistakes of form.
type Known<T> = BTreeMap<Box<[u32]>, Option<Rc<T>>>;

impl<'a> Reader<'a> {
    fn new(overlay: &'a Overlay, broken: &'a [Vec<String>]) -> Self {
        let mut mistakes = Vec::new();
        let charts = overlay.value.get("chart").and_then(Value::as_array).into_iter().flatten();
        let list = SchemaNode::root().child("chart").expect("it is in the schema");
        let node = list.element(0).expect("it is in the schema");
        // That there are more is a mistake of its own.
        let most = list.get("maxItems").and_then(Value::as_u64).expect("it is in the schema");
        let chart = |(index, value)| typed(node, value, &format!("chart.{index}"), &mut mistakes);
        let charts = charts.take(most as usize).enumerate().map(chart).collect();
        Self { overlay, broken, data: Known::new(), stages: BTreeMap::new(), charts, mistakes }
    }

    /// The parts of the experiment at `point`, and the mistakes of form that no point had before.
    fn sections(&mut self, point: &[u32]) -> (Sections, Vec<Mistake>) {
        let mut data = std::mem::take(&mut self.data);
        let data_here = self.section(&mut data, &["data"], point);
        self.data = data;
        let (mut stages, mut named) = (BTreeMap::new(), BTreeMap::new());
        for name in self.names(point) {
            let mut known = self.stages.remove(&name).unwrap_or_default();
            let section = ["stage", &name];
            let stage = self.section(&mut known, &section, point);
            if stage.is_none() && !self.is_broken(&section) {
                named.insert(name.clone(), written(&self.overlay.at(point, &section)));
            }
            stages.insert(name.clone(), stage);
            self.stages.insert(name, known);
        }
        let axes = Rc::clone(&self.overlay.axes);
        let sections = Sections { data: data_here, stages, named, charts: self.charts.clone(), axes };
        (sections, std::mem::take(&mut self.mistakes))
    }

    fn names(&self, point: &[u32]) -> Vec<String> {
        let points = &self.overlay.points;
        let whole = points.paths.iter().position(|path| *path == ["stage"]);
        let stages = match whole {
            Some(axis) => Some(&points.axes[axis].values[point[axis] as usize]),
            None => self.overlay.value.get("stage"),
        };
        stages.and_then(Value::as_object).into_iter().flat_map(|stages| stages.keys().cloned()).collect()
    }

    fn section<T: DeserializeOwned>(
        &mut self,
        known: &mut Known<T>,
        section: &[&str],
        point: &[u32],
    ) -> Option<Rc<T>> {
        let axes = touching(&self.overlay.points, section);
        let values: Box<[u32]> = axes.map(|axis| point[axis]).collect();
        if let Some(known) = known.get(&values) {
            return known.clone();
        }
        let node = section
            .iter()
            .try_fold(SchemaNode::root(), |node, key| node.child(key))
            .expect("it is in the schema");
        let value = self.overlay.at(point, section);
        let read = typed(node, &value, &section.join("."), &mut self.mistakes);
        let read = read.filter(|_| !self.is_broken(section)).map(Rc::new);
        known.insert(values, read.clone());
        read
    }

    /// Whether an axis that could not be put in touches `section`.
    fn is_broken(&self, section: &[&str]) -> bool {
        self.broken.iter().any(|path| path.iter().zip(section).all(|(key, section)| key == section))
    }
}

fn typed<T: DeserializeOwned>(
    node: SchemaNode<'static>,
    value: &Value,
    path: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<T> {
    let found = check(node, value, path, &[]);
    let is_sound = found.is_empty() && !has_null(value);
    mistakes.extend(found);
    if is_sound { T::deserialize(value).ok() } else { None }
}

/// Whether something in `value` was reported where it was read, so that null stands for it.
pub(super) fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.iter().any(has_null),
        Value::Object(entries) => entries.values().any(has_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
