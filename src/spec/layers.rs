//! Loading: the layers of configuration, weakest first, merged by Figment and checked.

use super::check::{Mistake, check};
use super::diagnostics::{Diagnostics, as_toml};
use super::merge::set;
use super::schema::{Node, normalize};
use super::sources::Sources;
use super::sweep::{Expansion, Points, expand};
use super::validate::{Sections, validate};
use super::{Chart, Experiment};
use figment::value::Value as FigmentValue;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::Path;

/// Settings of a sweep that are all looked at for mistakes; of more, each value of each axis once.
const MOST_SETTINGS: usize = 256;

/// An experiment without mistakes.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// File name without `.toml`: names the results directory.
    pub name: String,
    /// The experiment at the first point of its sweep.
    pub experiment: Experiment,
    /// The merged experiment as JSON, variants written as tables, without `sweep` and `extends`: what each
    /// point of the sweep overrides.
    pub value: Value,
    pub points: Points,
}

/// Reads `path`, what it extends and `--set` assignments (`key=value`), and checks all of it.
pub fn load(path: &Path, assignments: &[String]) -> Result<Loaded, Diagnostics> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let sources = Sources::read(path, assignments)?;
    let mut value = sources.merged();
    let table = value.as_object_mut().expect("a TOML file is a table");
    table.remove("extends");
    let sweep = table.remove("sweep");

    let Expansion { points, keys, broken, mut mistakes } = expand(sweep.as_ref(), &value);
    mistakes.extend(sources.doubled());
    mistakes.extend(check(Node::root(), &value, "", &keys));
    normalize(Node::root(), &mut value);
    let overlay = Overlay { value, points };
    mistakes.extend(overlay.mistakes(&broken, mistakes.is_empty()));
    sources.refuse(mistakes)?;
    let first = overlay.at(&overlay.points.first(), &[]);
    let experiment = typed(&first).map_err(|mistake| sources.diagnostics(vec![mistake]))?;
    let Overlay { value, points } = overlay;
    Ok(Loaded { name, experiment, value, points })
}

impl Loaded {
    /// A section of the experiment, `["stage", "sparse"]` or `["data"]`, at `point` of the sweep; null
    /// where the experiment does not have it.
    pub fn at(&self, point: &[u32], section: &[&str]) -> Value {
        at(&self.value, &self.points, point, section)
    }

    /// The axes whose value changes `section`, those of the shortest keys first: the order in which they
    /// are put in.
    pub fn axes_of(&self, section: &[&str]) -> Vec<usize> {
        touching(&self.points, section).collect()
    }
}

fn at(value: &Value, points: &Points, point: &[u32], section: &[&str]) -> Value {
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

fn touching<'a>(points: &'a Points, section: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
    let touches = move |path: &[String]| path.iter().zip(section).all(|(key, section)| key == section);
    points.order.iter().copied().filter(move |&axis| touches(&points.paths[axis]))
}

/// The merged experiment with its sweep, before all of it is known to be right.
struct Overlay {
    value: Value,
    points: Points,
}

impl Overlay {
    fn at(&self, point: &[u32], section: &[&str]) -> Value {
        at(&self.value, &self.points, point, section)
    }

    /// Mistakes at the settings of the sweep: of meaning, and, where none was found before (`with_form`), of
    /// form too, which only several axes together can make. `broken` are keys of axes that could not be
    /// put in, so that nothing can be said about what they touch.
    fn mistakes(&self, broken: &[Vec<String>], with_form: bool) -> Vec<Mistake> {
        let mut mistakes: Vec<Mistake> = Vec::new();
        let settings = self.points.settings(MOST_SETTINGS);
        for point in &settings {
            let (sections, form) = self.sections(point, broken);
            let form = form.into_iter().filter(|_| with_form);
            for mut mistake in form.chain(validate(&sections)) {
                let path = self.points.origin(&mistake.path, point);
                let is_known = |known: &Mistake| known.path == path && known.message == mistake.message;
                if !mistakes.iter().any(is_known) {
                    // In an axis value it is plain which point is meant.
                    if path == mistake.path {
                        mistake.help.extend(self.difference(&settings[0], point));
                    }
                    mistakes.push(Mistake { path, ..mistake });
                }
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

    /// The parts of the experiment at `point`, those that have no mistakes of form, and the mistakes of the
    /// others.
    fn sections(&self, point: &[u32], broken: &[Vec<String>]) -> (Sections, Vec<Mistake>) {
        let mut mistakes = Vec::new();
        let mut read = Reading { overlay: self, point, broken, mistakes: &mut mistakes };
        let names = self.at(point, &["stage"]);
        let names = names.as_object().into_iter().flat_map(|stages| stages.keys());
        let charts = self.value.get("chart").and_then(Value::as_array).map_or(0, Vec::len);
        let sections = Sections {
            data: read.section(&["data"]),
            stages: names.map(|name| (name.clone(), read.section(&["stage", name]))).collect(),
            charts: (0..charts).map(|index| read.chart(index)).collect(),
            axes: self.points.axes.iter().map(|axis| axis.key.clone()).collect(),
        };
        (sections, mistakes)
    }
}

/// Reads sections at one point.
struct Reading<'a> {
    overlay: &'a Overlay,
    point: &'a [u32],
    broken: &'a [Vec<String>],
    mistakes: &'a mut Vec<Mistake>,
}

impl Reading<'_> {
    fn section<T: DeserializeOwned>(&mut self, section: &[&str]) -> Option<T> {
        let value = self.overlay.at(self.point, section);
        let is_broken =
            self.broken.iter().any(|path| path.iter().zip(section).all(|(key, section)| key == section));
        let node =
            section.iter().try_fold(Node::root(), |node, key| node.child(key)).expect("it is in the schema");
        self.typed(node, &value, &section.join(".")).filter(|_| !is_broken)
    }

    fn chart(&mut self, index: usize) -> Option<Chart> {
        let node = Node::root().child("chart").and_then(|charts| charts.element(index));
        self.typed(
            node.expect("it is in the schema"),
            &self.overlay.value["chart"][index],
            &format!("chart.{index}"),
        )
    }

    fn typed<T: DeserializeOwned>(&mut self, node: Node<'static>, value: &Value, path: &str) -> Option<T> {
        let found = check(node, value, path, &[]);
        let is_sound = found.is_empty();
        self.mistakes.extend(found);
        if is_sound { T::deserialize(value).ok() } else { None }
    }
}

/// The experiment as its types, or what they refuse and the checks before did not.
fn typed(value: &Value) -> Result<Experiment, Mistake> {
    Experiment::deserialize(value).map_err(|error| {
        // Figment's errors know the path.
        let figments = FigmentValue::serialize(value).expect("JSON is plain data");
        match figments.deserialize::<Experiment>() {
            Err(error) => Mistake::value(&error.path.join("."), error.kind.to_string(), Vec::new()),
            Ok(_) => Mistake::value("", error.to_string(), Vec::new()),
        }
    })
}
