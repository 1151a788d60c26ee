//! Values of one axis that mean the same.

use super::Stage;
use super::check::Mistake;
use super::diagnostics::as_toml;
use super::overlay::Overlay;
use super::source::join;
use crate::data::Data;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Values that are written differently and that the types read as equal: defaults that one of them spells
/// out, or a length written in another way. Their trials would be the same trials.
pub(super) fn mistakes(overlay: &Overlay) -> Vec<Mistake> {
    let points = &overlay.points;
    let mut mistakes = Vec::new();
    for (axis, path) in points.paths.iter().enumerate() {
        let values = &points.axes[axis].values;
        // Numbers were compared when the axis was read.
        if values.iter().all(|value| value.is_number() || value.is_boolean()) {
            continue;
        }
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let section = &names[..names.len().min(if names[0] == "stage" { 2 } else { 1 })];
        let mut point = points.first();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for (index, value) in values.iter().enumerate() {
            point[axis] = index as u32;
            let Some(read) = read(section, &overlay.at(&point, section)) else { continue };
            let earlier = *known.entry(read).or_insert(index);
            if earlier != index {
                let message = format!(
                    "{} means the same as {}, which is in this axis too",
                    as_toml(value),
                    as_toml(&values[earlier])
                );
                let help = vec!["leave one of the two out".to_owned()];
                let written = join(points.written(axis), &index.to_string());
                mistakes.push(Mistake::value(&written, message, help));
            }
        }
    }
    mistakes
}

/// What the types make of a section; `None` where it has mistakes of form.
fn read(section: &[&str], value: &Value) -> Option<String> {
    match section {
        ["data"] => typed::<Data>(value),
        ["stage"] => typed::<BTreeMap<String, Stage>>(value),
        ["stage", _] => stage(value),
        _ => None,
    }
}

/// A stage, with defaults in place of what a training does not say.
fn stage(value: &Value) -> Option<String> {
    let stage = Stage::deserialize(value).ok()?;
    let mut read = serde_json::to_value(&stage).ok()?;
    if let (Stage::Train(train), Some(keys)) = (&stage, read["train"].as_object_mut()) {
        // An epoch of one image has one step, one of many has several: so a length in epochs never equals one
        // in steps.
        let resolved = [1, 1_000_000].map(|images| train.settings().resolve(images, 1));
        let trainings = serde_json::to_value(resolved).ok()?;
        keys.retain(|key, _| key != "epochs" && trainings[0].get(key).is_none());
        keys.insert("training".to_owned(), trainings);
    }
    Some(read.to_string())
}

fn typed<T: DeserializeOwned + Serialize>(value: &Value) -> Option<String> {
    serde_json::to_string(&T::deserialize(value).ok()?).ok()
}
