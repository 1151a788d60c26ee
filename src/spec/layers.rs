//! Loading: the layers of configuration, weakest first, merged by Figment.

use super::{Diagnostics, Experiment, Points};
use serde_json::Value;
use std::path::Path;

/// An experiment without mistakes.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// File name without `.toml`: names the results directory.
    pub name: String,
    pub experiment: Experiment,
    /// The merged and normalized experiment as JSON, without `sweep`, `extends`: what each point of
    /// the sweep overrides.
    pub value: Value,
    pub points: Points,
}

/// Reads `path`, what it extends and `--set` assignments (`key=value`), and checks all of it.
pub fn load(path: &Path, set: &[String]) -> Result<Loaded, Diagnostics> {
    let _ = (path, set);
    todo!()
}

impl Loaded {
    /// The JSON of stage `stage` (or of `data`, `seed`, …) with the axis values of `point` put in.
    pub fn at(&self, point: &[u32], section: &[&str]) -> Value {
        let _ = (point, section);
        todo!()
    }
}
