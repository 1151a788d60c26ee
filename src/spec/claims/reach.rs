//! Which axes of the sweep can change what a stage gives.

use crate::spec::overlay::{Overlay, touching};
use crate::spec::references::written;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Settings of the sweep in which references are looked for.
const MOST_SETTINGS: usize = 256;

/// For each stage the axes that can change what it gives, the seed aside: its own, those of the data, and those of all
/// stages that it builds on.
pub(super) fn reach(overlay: &Overlay) -> BTreeMap<String, BTreeSet<usize>> {
    let stages: Vec<&String> = overlay
        .value
        .get("stage")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|all| all.keys())
        .collect();
    let settings = overlay.points.settings(MOST_SETTINGS);
    let references = |stage: &str| -> BTreeSet<String> {
        let at = settings.iter().map(|point| overlay.at(point, &["stage", stage]));
        at.flat_map(|value| written(&value)).map(|(.., name)| name).collect()
    };
    let references: BTreeMap<&String, BTreeSet<String>> =
        stages.iter().map(|&stage| (stage, references(stage))).collect();
    let of_stage = |&stage: &&String| {
        let mut axes: BTreeSet<usize> = touching(&overlay.points, &["data"]).collect();
        let (mut open, mut seen) = (vec![stage], BTreeSet::new());
        while let Some(name) = open.pop() {
            if seen.insert(name) {
                axes.extend(touching(&overlay.points, &["stage", name]));
                open.extend(references.get(name).into_iter().flatten());
            }
        }
        (stage.clone(), axes)
    };
    stages.iter().map(of_stage).collect()
}
