//! Which stages a stage builds on.

use super::Stage;
use serde_json::Value;

/// A stage that another one names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The key that names it, below the stage: `prune.from`.
    pub key: &'static str,
    pub stage: &'a str,
}

/// The keys below a stage that name another one.
const KEYS: [&str; 3] = ["train.teacher", "prune.from", "prune.recover.teacher"];

/// The stages that the stage written as `value` names, whatever else is wrong with it.
pub(super) fn written(value: &Value) -> Vec<(&'static str, String)> {
    let below = |key: &str| key.split('.').try_fold(value, |value, part| value.get(part))?.as_str();
    KEYS.into_iter().filter_map(|key| Some((key, below(key)?.to_owned()))).collect()
}

impl Stage {
    /// The stages that this one names: those that must be there before it.
    pub fn references(&self) -> Vec<Reference<'_>> {
        let named = match self {
            Self::Train(train) => vec![("train.teacher", train.teacher.as_ref())],
            Self::Prune(prune) => {
                let teacher = prune.recover.as_ref().and_then(|recover| recover.teacher.as_ref());
                vec![("prune.from", Some(&prune.from)), ("prune.recover.teacher", teacher)]
            }
        };
        named.into_iter().filter_map(|(key, stage)| Some(Reference { key, stage: stage? })).collect()
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
        ];
        for value in stages {
            let stage: Stage = serde_json::from_value(value.clone()).unwrap();
            let read: Vec<_> =
                stage.references().into_iter().map(|one| (one.key, one.stage.to_owned())).collect();
            assert_eq!(read, written(&value));
        }
        assert_eq!(written(&json!({ "prune": { "from": 7, "recover": null } })), []);
    }
}
