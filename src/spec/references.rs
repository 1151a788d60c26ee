//! Which stages a stage builds on.

use super::Stage;
use super::source::Part;
use crate::distill::TeacherNames;
use serde_json::Value;

/// A stage that another one names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The key that names it, below the stage: `prune.from`.
    pub key: String,
    /// Whether that key is the name, or its value.
    pub(super) part: Part,
    pub stage: &'a str,
}

/// The keys below a stage that name another one, or several.
const KEYS: [&str; 3] = ["train.teacher", "prune.from", "prune.recover.teacher"];

/// The stages that the stage written as `value` names, whatever else is wrong with it.
pub(super) fn written(value: &Value) -> Vec<(String, Part, String)> {
    let below = |key: &str| key.split('.').try_fold(value, |value, part| value.get(part));
    let named = |key: &str| match below(key) {
        Some(Value::String(stage)) => vec![(key.to_owned(), Part::Value, stage.clone())],
        Some(Value::Array(stages)) => {
            let stages = stages.iter().enumerate();
            let named = |(index, stage): (usize, &Value)| {
                Some((format!("{key}.{index}"), Part::Value, stage.as_str()?.to_owned()))
            };
            stages.filter_map(named).collect()
        }
        Some(Value::Object(weights)) => {
            weights.keys().map(|stage| (format!("{key}.{stage}"), Part::Key, stage.clone())).collect()
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => Vec::new(),
    };
    KEYS.into_iter().flat_map(named).collect()
}

/// The stages that `names` names at `key`.
fn teachers<'a>(key: &str, names: Option<&'a TeacherNames>) -> Vec<Reference<'a>> {
    let part = match names {
        Some(TeacherNames::Weighted(_)) => Part::Key,
        Some(TeacherNames::One(_) | TeacherNames::Equal(_)) | None => Part::Value,
    };
    let written = names.map(TeacherNames::written).unwrap_or_default().into_iter();
    written.map(|(rest, stage)| Reference { key: format!("{key}{rest}"), part, stage }).collect()
}

impl Stage {
    /// The stages that this one names: those that must be there before it.
    pub fn references(&self) -> Vec<Reference<'_>> {
        match self {
            Self::Train(train) => teachers("train.teacher", train.teacher.as_ref()),
            Self::Prune(prune) => {
                let (key, names) = ("prune.recover.teacher", prune.recover.as_ref());
                let from = Reference { key: "prune.from".into(), part: Part::Value, stage: &prune.from };
                let teachers = teachers(key, names.and_then(|recover| recover.teacher.as_ref()));
                [from].into_iter().chain(teachers).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_read_and_what_is_written_name_the_same_stages() {
        let stages = [
            json!({ "train": { "model": "lenet5", "epochs": 1, "teacher": "a" } }),
            json!({ "prune": { "from": "b", "importance": "random", "recover": { "teacher": "c" } } }),
            json!({ "prune": { "from": "b", "importance": "random" } }),
            json!({ "train": { "model": "lenet5", "epochs": 1, "teacher": ["b", "a"] } }),
            json!({ "train": { "model": "lenet5", "epochs": 1, "teacher": { "b": 0.7, "a": 0.0 } } }),
        ];
        for value in stages {
            let stage: Stage = serde_json::from_value(value.clone()).unwrap();
            let read = stage.references().into_iter().map(|one| (one.key, one.part, one.stage.to_owned()));
            let read: Vec<_> = read.collect();
            assert_eq!(read, written(&value));
        }
        assert_eq!(written(&json!({ "prune": { "from": 7, "recover": null } })), []);
    }
}
