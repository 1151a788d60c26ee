//! What an importance says of itself, and the enum of all of them, made from their list.

use super::{Assessment, Needs, ScoreLevel, ScoringContext};
use crate::kernel::Kernel;
use crate::prune::PruneError;

/// One way to score weights. What it does not say of itself is true of most.
pub(super) trait Criterion {
    /// What its scores depend on besides the weights and the round's draws.
    fn needs(&self) -> Needs;

    /// What has a score of its own.
    fn score_level(&self) -> ScoreLevel {
        ScoreLevel::Weights
    }

    /// In how many passes it prunes: after each but the last, what is left is scored again.
    fn passes(&self) -> u32 {
        1
    }

    /// Whether it adds up over the steps of a training, and can be had there only.
    fn is_of_training(&self) -> bool {
        false
    }

    /// Whether it moves the weights that stay, to make up for those that go.
    fn corrects(&self) -> bool {
        false
    }

    /// Whether a layer must have a batch norm behind it to be scored.
    fn needs_batch_norm(&self) -> bool {
        false
    }

    /// Bytes that scoring a layer of so many weights takes besides gradients.
    fn memory(&self, _weights: u64) -> u64 {
        0
    }

    /// Scores every weight of the context's layers, masked ones included (these are not ranked).
    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError>
    where
        Self: Sized;
}

/// Declares [`Importance`](super::Importance) with a variant for each entry of the list: `module: Type,` for a
/// criterion of that module without settings, `module: Type(Type),` for one whose settings are its fields. In an
/// experiment it has the name of its module.
macro_rules! importances {
    ($($(#[$doc:meta])* $module:ident: $name:ident $(($settings:ident))?,)*) => {
        $(pub use $module::$name;)*

        /// How much each weight matters; the least important go first.
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum Importance {
            $($(#[$doc])* $name $(($settings))?,)*
        }

        impl Importance {
            /// Its name in an experiment.
            pub fn name(&self) -> String {
                match self {
                    $(Self::$name { .. } => stringify!($module).replace('_', "-"),)*
                }
            }

            fn criterion(&self) -> &dyn criterion::Criterion {
                match self {
                    $(Self::$name $((criterion @ $settings { .. }))? => {
                        criterion::importances!(@of $name $($settings criterion)?)
                    })*
                }
            }

            /// Scores every weight of the context's layers, masked ones included (these are not ranked).
            pub(super) fn assess<B: $crate::kernel::Kernel>(
                &self,
                context: &ScoringContext<'_, B>,
            ) -> Result<Assessment, $crate::prune::PruneError> {
                use criterion::Criterion;
                match self {
                    $(Self::$name $((criterion @ $settings { .. }))? => {
                        criterion::importances!(@of $name $($settings criterion)?).assess(context)
                    })*
                }
            }
        }
    };
    (@of $name:ident) => { &$name };
    (@of $name:ident $settings:ident $criterion:ident) => { $criterion };
}
pub(super) use importances;

#[cfg(test)]
mod tests {
    use crate::prune::Importance;
    use serde_json::json;

    #[test]
    fn names_are_those_that_users_write() {
        let schema = schemars::schema_for!(Importance).to_value();
        for choice in schema["oneOf"].as_array().unwrap() {
            let (name, written) = match choice["const"].as_str() {
                Some(name) => (name, json!(name)),
                None => {
                    let name = choice["required"][0].as_str().unwrap();
                    (name, json!({ name: {} }))
                }
            };
            assert_eq!(serde_json::from_value::<Importance>(written).unwrap().name(), name);
        }
    }
}
