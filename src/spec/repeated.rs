//! Values of one axis that mean the same.

use super::check::{Mistake, check};
use super::diagnostics::as_toml;
use super::overlay::{Overlay, touching};
use super::schema_node::SchemaNode;
use super::{Prune, Recover, Stage};
use crate::data::Data;
use crate::distill::TeacherNames;
use crate::train::{Continuation, Lineage, Settings};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers of images for which lengths are counted in steps: two, so that a length in epochs never equals one in
/// steps.
const IMAGES: [usize; 2] = [1_000_000, 2_000_000];

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
            let Some(read) = read(overlay, &point, section) else { continue };
            let earlier = *known.entry(read).or_insert(index);
            if earlier != index {
                let message = format!(
                    "{} means the same as {}, which is in this axis too",
                    as_toml(value),
                    as_toml(&values[earlier])
                );
                let help = match points.written(axis).starts_with("sweep.zip.") {
                    true => "write both in the same way",
                    false => "leave one of the two out",
                };
                let at = points.place(axis, index);
                mistakes.push(Mistake::value(&at, message, vec![help.to_owned()]));
            }
        }
    }
    mistakes
}

/// What the types make of a section; `None` where it has mistakes of form.
fn read(overlay: &Overlay, point: &[u32], section: &[&str]) -> Option<String> {
    match section {
        ["data"] => serde_json::to_string(&sound::<Data>(overlay, point, section)?).ok(),
        ["stage"] => serde_json::to_string(&sound::<BTreeMap<String, Stage>>(overlay, point, section)?).ok(),
        ["stage", _] => stage(overlay, point, section),
        _ => None,
    }
}

/// A section, where it has no mistakes of form.
fn sound<T: DeserializeOwned>(overlay: &Overlay, point: &[u32], section: &[&str]) -> Option<T> {
    let node = section.iter().try_fold(SchemaNode::root(), |node, key| node.child(key))?;
    let value = overlay.at(point, section);
    if check(node, &value, "", &[]).is_empty() { T::deserialize(value).ok() } else { None }
}

/// A stage, with defaults in place of what a training does not say.
fn stage(overlay: &Overlay, point: &[u32], section: &[&str]) -> Option<String> {
    let stage: Stage = sound(overlay, point, section)?;
    let mut read = serde_json::to_value(&stage).ok()?;
    match &stage {
        Stage::Train(train) => {
            let resolved = IMAGES.map(|images| train.settings().resolve(images, 1));
            let trainings = serde_json::to_value(resolved).ok()?;
            let keys = read["train"].as_object_mut()?;
            keys.retain(|key, _| key != "epochs" && trainings[0].get(key).is_none());
            keys.insert("training".to_owned(), trainings);
            keys.remove("ensemble");
            keys.insert("teacher".to_owned(), teachers(&train.settings()));
        }
        Stage::Prune(prune) => {
            if let Some(recovery) = recovery(overlay, point, prune) {
                read["prune"]["recover"] = recovery;
            }
        }
    }
    Some(read.to_string())
}

/// Who teaches and what each is to the loss, whether that matters or not: it may at other points of the sweep.
fn teachers(settings: &Settings) -> Value {
    let shares = settings.teacher.as_ref().and_then(TeacherNames::shares);
    let loss = settings.loss.clone().unwrap_or_default().active();
    json!([shares, loss.own_teachers(), settings.ensemble.unwrap_or_default()])
}

/// A recovery, with all that it takes from the stages before it. `None` where there is none, where it is not
/// possible, or where an axis changes one of those stages: then values may mean the same at some points only.
fn recovery(overlay: &Overlay, point: &[u32], prune: &Prune) -> Option<Value> {
    let recover = prune.recover.as_ref()?;
    let (mut from, mut known, mut before) = (prune.from.clone(), BTreeSet::new(), Vec::new());
    let train = loop {
        let section = ["stage", from.as_str()];
        if touching(&overlay.points, &section).next().is_some() || !known.insert(from.clone()) {
            return None;
        }
        match sound(overlay, point, &section)? {
            Stage::Train(train) => break train,
            Stage::Prune(prune) => {
                before.extend(prune.recover);
                from = prune.from;
            }
        }
    };
    let continued = IMAGES.map(|images| {
        let mut lineage = Lineage::new(train.settings(), images);
        for recover in before.iter().rev().filter(|recover| recover.trains()) {
            let parent = lineage.continued(&recover.settings(), recover.retraining(), images).ok()?;
            lineage = lineage.then(parent.settings, images);
        }
        let last = match recover.trains() {
            true => lineage.continued(&recover.settings(), recover.retraining(), images).ok()?,
            false => Continuation { settings: lineage.held(&recover.settings()), start: 0 },
        };
        Some((last.settings.resolve(images, 1), last.start, teachers(&last.settings)))
    });
    let state = recover.rewind.map(|_| recover.optimizer_state.unwrap_or_default());
    let rest = Recover { rewind: None, lr_rewind: None, optimizer_state: None, ..recover.own() };
    let known = continued.iter().all(Option::is_some);
    known.then(
        || json!({ "continued": continued, "rewound": state, "trains": recover.trains(), "rest": rest }),
    )
}
