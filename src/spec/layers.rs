//! Loading: the layers of configuration, weakest first, merged by Figment and checked.

use super::check::{Mistake, check};
use super::claims::claims;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::normalize::normalize;
use super::overlay::{Overlay, at, touching};
use super::schema_node::SchemaNode;
use super::sources::Sources;
use super::sweep::{Expansion, Points, expand};
use super::{Experiment, Labels, PlannedClaim, baselines, chart_axes, file, labels, repeated, set_stages};
use figment::value::Value as FigmentValue;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// An experiment without mistakes.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// File name without `.toml`: names the results directory.
    pub name: String,
    /// The files that it was read from: its own after those that it extends.
    pub files: Vec<PathBuf>,
    /// The experiment at the first point of its sweep.
    pub experiment: Experiment,
    /// The merged experiment as JSON, variants written as tables, without `sweep`, `labels` and `extends`: what each
    /// point of the sweep overrides.
    pub value: Value,
    /// `[sweep]` as it is written, merged; null where there is none.
    pub sweep: Value,
    pub points: Points,
    pub claims: Vec<PlannedClaim>,
    /// What values of axes are called.
    pub labels: Labels,
}

/// Reads `path`, what it extends and `--set` assignments (`key=value`), and checks all of it.
pub fn load(path: &Path, assignments: &[String]) -> Result<Loaded, Diagnostics> {
    let name = file::experiment(path).map_err(|message| {
        let help = vec!["rename it: the folder of the results gets its name".to_owned()];
        Diagnostics::new(vec![Diagnostic { key: String::new(), message, help, place: None }], 0)
    })?;
    let sources = Sources::read(path, assignments)?;
    let mut value = sources.merged();
    let table = value.as_object_mut().expect("a TOML file is a table");
    table.remove("extends");
    let sweep = table.remove("sweep");
    let written = table.remove("labels");

    let Expansion { points, keys, broken, mut mistakes } = expand(sweep.as_ref(), &value);
    mistakes.extend(sources.mistakes());
    let of_form = check(SchemaNode::root(), &value, "", &keys);
    mistakes.extend(set_stages::told_as_one(of_form, &value, &sources.stages_of_files()));
    normalize(SchemaNode::root(), &mut value);
    let axes = sources.axes();
    chart_axes::spell_out(&mut value, &axes);
    let overlay = Overlay { value, points, axes: Rc::new(axes) };
    let (labels, wrong) = labels::read(written.as_ref(), &sources.labelled());
    mistakes.extend(wrong);
    mistakes.extend(repeated::mistakes(&overlay));
    mistakes.extend(overlay.mistakes(&broken, mistakes.is_empty()));
    let mut planned = Vec::new();
    // Of networks nothing can be said where an axis could not be put in.
    if broken.is_empty() && !overlay.points.points.is_empty() {
        let is_sample = sweep.as_ref().is_some_and(|sweep| sweep.get("sample").is_some());
        let (claims, wrong) = claims(&overlay, is_sample, &|path| sources.is_overridden(path));
        planned = claims;
        mistakes.extend(wrong);
        mistakes.extend(baselines::mistakes(&overlay, &labels));
    }
    sources.refuse(mistakes)?;
    let first = overlay.at(&overlay.points.first(), &[]);
    let experiment = typed(&first).map_err(|mistake| sources.diagnostics(vec![mistake]))?;
    let Overlay { value, points, .. } = overlay;
    let sweep = sweep.unwrap_or(Value::Null);
    let files = sources.files().to_vec();
    Ok(Loaded { name, files, experiment, value, sweep, points, claims: planned, labels })
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

/// Deserializes the experiment. A mistake here is one that no check before has found.
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
