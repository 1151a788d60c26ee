//! Loading: the layers of configuration, weakest first, merged by Figment.

use super::Experiment;
use super::check::{Mistake, check};
use super::diagnostics::{Diagnostic, Diagnostics, Place};
use super::merge::{both_alternatives, set, yield_to};
use super::schema::{Node, normalize};
use super::source::{Layer, Part, Source};
use super::sweep::{Axis, Points, expand};
use super::validate::validate;
use figment::Figment;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The weakest layer: what holds for a whole experiment that does not say. Defaults of single settings are
/// in their types.
const DEFAULTS: &str = "backend = \"flex\"\nseed = 0\n";

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
    /// The keys of the axes, split.
    paths: Vec<Vec<String>>,
}

/// Reads `path`, what it extends and `--set` assignments (`key=value`), and checks all of it.
pub fn load(path: &Path, assignments: &[String]) -> Result<Loaded, Diagnostics> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let sources = Sources::read(path, assignments)?;
    let mut value = sources.merged();
    let doubled = sources.doubled();
    let table = value.as_object_mut().expect("a TOML file is a table");
    table.remove("extends");
    let sweep = table.remove("sweep");
    let (points, mut mistakes) = expand(sweep.as_ref(), &value);
    mistakes.extend(doubled);
    mistakes.extend(check(Node::root(), &value, "", &points.keys()));
    sources.refuse(mistakes)?;

    normalize(Node::root(), &mut value);
    let overlay = Overlay::new(value, points);
    let first = overlay.first();
    let experiment = overlay.typed(&first).map_err(|mistake| sources.diagnostics(vec![mistake]))?;
    sources.refuse(overlay.meaning())?;
    let Overlay { value, points, paths } = overlay;
    Ok(Loaded { name, experiment, value, points, paths })
}

impl Loaded {
    /// A section of the experiment, `["stage", "sparse"]` or `["data"]`, at `point` of the sweep; null
    /// where the experiment does not have it.
    pub fn at(&self, point: &[u32], section: &[&str]) -> Value {
        at(&self.value, &self.points, &self.paths, point, section)
    }

    /// The axes whose value changes `section`, those of the shortest keys first: the order in which they
    /// are put in.
    pub fn axes_of(&self, section: &[&str]) -> Vec<usize> {
        axes_of(&self.paths, section)
    }
}

fn at(value: &Value, points: &Points, paths: &[Vec<String>], point: &[u32], section: &[&str]) -> Value {
    let base = section.iter().try_fold(value, |value, key| value.get(key));
    let mut value = base.cloned().unwrap_or(Value::Null);
    for axis in axes_of(paths, section) {
        let (path, axis_value) = (&paths[axis], &points.axes[axis].values[point[axis] as usize]);
        if path.len() >= section.len() {
            set(&mut value, &path[section.len()..], axis_value);
        } else {
            let below = section[path.len()..].iter().try_fold(axis_value, |value, key| value.get(key));
            value = below.cloned().unwrap_or(Value::Null);
        }
    }
    value
}

fn axes_of(paths: &[Vec<String>], section: &[&str]) -> Vec<usize> {
    let touches = |path: &Vec<String>| path.iter().zip(section).all(|(key, section)| key == section);
    let mut axes: Vec<_> = (0..paths.len()).filter(|&axis| touches(&paths[axis])).collect();
    axes.sort_by_key(|&axis| paths[axis].len());
    axes
}

/// The merged experiment with its sweep, before all of it is known to be right.
struct Overlay {
    value: Value,
    points: Points,
    paths: Vec<Vec<String>>,
}

impl Overlay {
    fn new(value: Value, points: Points) -> Self {
        let paths = points.axes.iter().map(|axis| split(&axis.key)).collect();
        Self { value, points, paths }
    }

    fn first(&self) -> Box<[u32]> {
        self.points.points.first().cloned().unwrap_or_default()
    }

    fn typed(&self, point: &[u32]) -> Result<Experiment, Mistake> {
        let value = at(&self.value, &self.points, &self.paths, point, &[]);
        Experiment::deserialize(value).map_err(|error| Mistake::value("", error.to_string(), Vec::new()))
    }

    /// Mistakes of meaning, at the first point and at each value of each axis, the others being first: so
    /// that the cost grows with the number of values, not of points.
    fn meaning(&self) -> Vec<Mistake> {
        let first = self.first();
        let mut points = vec![first.clone()];
        for (axis, Axis { key, values }) in self.points.axes.iter().enumerate() {
            // No seed is a mistake of meaning.
            if key != "seed" {
                let others = (0..values.len() as u32).filter(|&value| value != first[axis]);
                points.extend(others.map(|value| {
                    let mut point = first.clone();
                    point[axis] = value;
                    point
                }));
            }
        }
        let mut mistakes: Vec<Mistake> = Vec::new();
        for point in points {
            let found = match self.typed(&point) {
                Ok(experiment) => validate(&experiment),
                Err(mistake) => vec![mistake],
            };
            for mut mistake in found {
                mistake.path = self.points.origin(&mistake.path, &point);
                if !mistakes.contains(&mistake) {
                    mistakes.push(mistake);
                }
            }
        }
        mistakes
    }
}

/// A dotted key, split.
pub(super) fn split(key: &str) -> Vec<String> {
    key.split('.').map(str::to_owned).collect()
}

/// All sources, weakest first.
struct Sources(Vec<Source>);

impl Sources {
    fn read(path: &Path, assignments: &[String]) -> Result<Self, Diagnostics> {
        let (defaults, _) = Source::parse("built-in defaults", DEFAULTS.to_owned());
        let mut sources = vec![defaults];
        let mut mistakes = Vec::new();
        read_chain(path, &mut Vec::new(), &mut sources, &mut mistakes);
        for text in assignments {
            match Source::assignment(text) {
                Ok(source) => sources.push(source),
                Err(error) => mistakes.push(Diagnostic {
                    key: String::new(),
                    message: error.message,
                    help: vec![
                        "an assignment is `--set key=value`, with a dotted key and a TOML value".into(),
                    ],
                    place: Some(Place::new("--set", text, error.span)),
                }),
            }
        }
        if mistakes.is_empty() { Ok(Self(sources)) } else { Err(Diagnostics(mistakes)) }
    }

    /// Figment's merge of all sources, after each has lost what a stronger one replaces whole.
    fn merged(&self) -> Value {
        let figment = self.figment();
        figment.extract().expect("tables of plain values merge into a table of plain values")
    }

    fn figment(&self) -> Figment {
        let mut values: Vec<Value> = self.0.iter().map(|source| source.value.clone()).collect();
        for stronger in 1..values.len() {
            let (weaker, from) = values.split_at_mut(stronger);
            weaker.iter_mut().for_each(|weaker| yield_to(Node::root(), weaker, &from[0]));
        }
        let layers = self.0.iter().zip(values).enumerate();
        layers.fold(Figment::new(), |figment, (number, (source, value))| {
            figment.merge(Layer { number, source, value })
        })
    }

    /// Alternatives that one source sets both of.
    fn doubled(&self) -> Vec<Mistake> {
        let pairs = self.0.iter().flat_map(|source| both_alternatives(&source.value, ""));
        let mistake = |(path, [one, other]): (String, [&str; 2])| {
            Mistake::key(&path, format!("`{one}` and `{other}` at once; only one can hold"), Vec::new())
        };
        pairs.map(mistake).collect()
    }

    fn refuse(&self, mistakes: Vec<Mistake>) -> Result<(), Diagnostics> {
        if mistakes.is_empty() { Ok(()) } else { Err(self.diagnostics(mistakes)) }
    }

    /// Shows each mistake where it stands, in the order of the text.
    fn diagnostics(&self, mistakes: Vec<Mistake>) -> Diagnostics {
        let figment = self.figment();
        let show = |mistake: Mistake| Diagnostic {
            place: self.place(&figment, &mistake.path, mistake.part),
            key: mistake.path,
            message: mistake.message,
            help: mistake.help,
        };
        let mut found: Vec<Diagnostic> = mistakes.into_iter().map(show).collect();
        found.sort_by_key(|diagnostic| {
            let place = diagnostic.place.as_ref();
            let file = place.and_then(|place| self.0.iter().position(|source| source.name == place.file));
            (file, place.map(|place| (place.line, place.column)))
        });
        found.dedup();
        Diagnostics(found)
    }

    /// Where the value at `path` came from; of a key that nobody wrote, the table it should be in.
    fn place(&self, figment: &Figment, path: &str, part: Part) -> Option<Place> {
        let named = figment.find_metadata(path).and_then(|metadata| metadata.name.parse::<usize>().ok());
        let told = named.map(|number| &self.0[number]).filter(|source| source.has(path));
        let source = told.or_else(|| self.0.iter().rev().find(|source| source.has(path)));
        match source {
            Some(source) => {
                let span = source.span(path, part).expect("the source has the path");
                Some(Place::new(&source.name, &source.text, span))
            }
            None => {
                // The table it should be in, or the file as a whole.
                let Some((parent, _)) = path.rsplit_once('.') else {
                    let file = self.0.iter().rev().find(|source| source.name != "--set")?;
                    return Some(Place::new(&file.name, &file.text, 0..0));
                };
                self.place(figment, parent, Part::Key)
            }
        }
    }
}

/// Reads `path` after what it extends; `chain` are the files that extend it.
fn read_chain(
    path: &Path,
    chain: &mut Vec<PathBuf>,
    sources: &mut Vec<Source>,
    mistakes: &mut Vec<Diagnostic>,
) {
    let shown = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("{shown} cannot be read: {error}");
            return mistakes.push(Diagnostic { key: String::new(), message, help: Vec::new(), place: None });
        }
    };
    let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (source, errors) = Source::parse(shown, text);
    mistakes.extend(errors.into_iter().map(|error| Diagnostic {
        key: String::new(),
        message: error.message,
        help: Vec::new(),
        place: Some(Place::new(&source.name, &source.text, error.span)),
    }));
    chain.push(identity);
    if let Some(base) = source.value.get("extends").and_then(Value::as_str) {
        let base_path = path.parent().unwrap_or(Path::new("")).join(base);
        let place =
            || source.span("extends", Part::Value).map(|span| Place::new(&source.name, &source.text, span));
        let refuse =
            |message: String| Diagnostic { key: "extends".into(), message, help: Vec::new(), place: place() };
        match base_path.canonicalize() {
            Err(error) => mistakes.push(refuse(format!("{} cannot be read: {error}", base_path.display()))),
            Ok(identity) if chain.contains(&identity) => {
                let files = chain.iter().chain([&identity]);
                let files: Vec<_> = files
                    .map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned())
                    .collect();
                mistakes.push(refuse(format!("files extend each other in a circle: {}", files.join(" → "))));
            }
            Ok(_) => read_chain(&base_path, chain, sources, mistakes),
        }
    }
    chain.pop();
    sources.push(source);
}
