//! Which stages a stage builds on.

use super::Stage;

/// A stage that another one names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The key that names it, below the stage: `prune.from`.
    pub key: &'static str,
    pub stage: &'a str,
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
