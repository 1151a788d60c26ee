//! Assignments of the command line to stages that the files do not have, or have of the other kind.

use super::check::Mistake;
use super::diagnostics::known_names;
use super::source::join;
use crate::format::excerpt;
use serde_json::Value;
use std::collections::BTreeMap;

/// `mistakes` of form in the experiment `value`, with what assignments alone say of a stage told as one: that the files
/// have no such stage, or that it is of the other kind. `of_files` are the stages that they have, each with its kind. A
/// stage that assignments make whole is none.
pub(super) fn told_as_one(
    mut mistakes: Vec<Mistake>,
    value: &Value,
    of_files: &BTreeMap<&str, &str>,
) -> Vec<Mistake> {
    let stages = value.get("stage").and_then(Value::as_object).into_iter().flatten();
    for (name, stage) in stages {
        let kind = stage.as_object().and_then(|kinds| kinds.keys().next());
        let Some((at, one)) = misplaced(name, kind.map(String::as_str), of_files) else { continue };
        let before = mistakes.len();
        mistakes.retain(|mistake| {
            mistake.path.strip_prefix(&at).is_none_or(|rest| !rest.is_empty() && !rest.starts_with('.'))
        });
        mistakes.extend((mistakes.len() < before).then_some(one));
    }
    mistakes
}

/// Where the stage `name`, of this `kind`, is not as `of_files` have it, and what to say of that.
fn misplaced(name: &str, kind: Option<&str>, of_files: &BTreeMap<&str, &str>) -> Option<(String, Mistake)> {
    let at = join("stage", name);
    match (of_files.get(name), kind) {
        (None, _) => {
            let names: Vec<&str> = of_files.keys().copied().collect();
            let message = format!("there is no stage `{}`", excerpt(name));
            Some((at.clone(), Mistake::key(&at, message, known_names(name, &names, "stages"))))
        }
        (Some(known), Some(kind)) if *known != kind => {
            let at = join(&at, kind);
            let message = format!("stage `{name}` is a `{known}`");
            let help = format!("its settings are those of `stage.{name}.{known}`");
            Some((at.clone(), Mistake::key(&at, message, vec![help])))
        }
        (Some(_), _) => None,
    }
}
