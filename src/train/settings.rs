//! What a training is told, as written: every key may be left out.

use super::Duration;

/// Declares a struct that holds some keys of its own and every key that says how to train, each of which may be
/// left out. All such keys are listed here and nowhere else; [`Settings::resolve`] gives them their defaults.
macro_rules! with_training_settings {
    (@declare
        [$(#[$meta:meta])* $name:ident { $($(#[$own_meta:meta])* $own:ident: $own_type:ty,)* }]
        $($(#[$key_meta:meta])* $key:ident: $type:ty,)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct $name {
            $($(#[$own_meta])* pub $own: $own_type,)*
            $(
                $(#[$key_meta])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $key: Option<$type>,
            )*
        }

        impl $name {
            /// What is said here about how to train.
            pub fn settings(&self) -> $crate::train::Settings {
                self.over(&$crate::train::Settings::default())
            }

            /// The same and, of what is not said here, what `parent` says.
            pub fn over(&self, parent: &$crate::train::Settings) -> $crate::train::Settings {
                let mut settings = $crate::train::Settings {
                    $($key: self.$key.as_ref().or(parent.$key.as_ref()).cloned(),)*
                };
                // The length is one thing, said in epochs or in steps.
                if self.epochs.or(self.steps).is_some() {
                    (settings.epochs, settings.steps) = (self.epochs, self.steps);
                }
                settings
            }

            /// The keys of its own, without what is said about how to train.
            pub fn own(&self) -> Self {
                Self { $($own: self.$own.clone(),)* $($key: None,)* }
            }
        }
    };
    ($($declaration:tt)*) => {
        $crate::train::with_training_settings! {
            @declare [$($declaration)*]
            /// Length in epochs; or say `steps`. A recovery that says neither is as long as the training before it.
            #[schemars(range(max = 1_000_000))]
            epochs: u32,
            /// Length in optimizer steps; or say `epochs`.
            #[schemars(range(max = 1_000_000_000))]
            steps: u32,
            /// Images a step (64; a recovery takes over what the training before it has).
            #[schemars(range(min = 1, max = 1_000_000))]
            batch: usize,
            /// How the weights follow the gradient (Adam with PyTorch's defaults; a recovery takes it over, at its last
            /// learning rate).
            optimizer: $crate::train::Optimizer,
            /// How the learning rate changes (constant).
            lr_schedule: $crate::train::LrSchedule,
            /// Linear warm-up of the learning rate (none): over W steps, step s = 0, 1, … has (s + 1) / W of
            /// the schedule's rate, so the first step has a W-th of it.
            warmup: $crate::train::Duration,
            /// The stage whose network teaches (none; a recovery takes it over); or several: a list, `["a", "b"]`, of which all count the same, or a table
            /// with the weight of each, `{ a = 0.7, b = 0.3 }`. Of weights only the proportions matter. They may be of any
            /// architecture, run as they are evaluated, and see the same augmented images. A training whose loss looks at
            /// none, or at some by their names, depends on those alone that it looks at.
            teacher: $crate::distill::TeacherNames,
            /// How what several teachers say becomes one thing (the mean of their softened outputs, by the weights
            /// given; a recovery takes it over).
            ensemble: $crate::distill::Ensemble,
            /// The mix of losses (cross-entropy alone; a recovery takes it over, with its teacher).
            loss: $crate::distill::LossMix,
            /// What is added to the loss for the size of the weights alone (nothing; a recovery takes it over).
            penalty: $crate::train::Penalty,
            /// How often the network is evaluated (every epoch; a recovery takes it over).
            evaluate: $crate::train::Duration,
            /// Which network is the result (`"best-validation"`; a recovery takes it over).
            keep: $crate::train::Keep,
        }
    };
}
pub(crate) use with_training_settings;

with_training_settings! {
    /// What is said about a training; `None` where nothing is.
    #[derive(Default)]
    Settings {}
}

impl Settings {
    /// Images a step, where nothing is said.
    pub const BATCH: usize = 64;

    pub fn length(&self) -> Option<Duration> {
        let epochs = self.epochs.map(|epochs| Duration::epochs(epochs.into()));
        epochs.or(self.steps.map(|steps| Duration::steps(steps.into())))
    }

    /// Steps that `duration` lasts with these settings, on `images` training images.
    pub fn in_steps(&self, duration: Duration, images: usize) -> u64 {
        duration.in_steps(crate::data::steps_per_epoch(images, self.batch.unwrap_or(Self::BATCH)))
    }

    /// The same with those terms of the loss alone that look at the logits: what an importance sees.
    #[must_use]
    pub fn of_logits(&self) -> Self {
        let loss = self.loss.as_ref().map(crate::distill::LossMix::of_logits);
        Self { loss, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::TeacherNames;

    #[test]
    fn what_is_not_said_is_the_parents() {
        let parent = Settings { epochs: Some(20), batch: Some(60), ..Settings::default() };
        let teacher = Some(TeacherNames::One("dense".into()));
        let recover = Settings { teacher: teacher.clone(), ..Settings::default() };
        let expected = Settings { epochs: Some(20), batch: Some(60), teacher, ..parent.clone() };
        assert_eq!(recover.over(&parent), expected);
    }

    #[test]
    fn a_length_in_steps_takes_the_place_of_one_in_epochs() {
        let parent = Settings { epochs: Some(20), ..Settings::default() };
        let settings = Settings { steps: Some(7), ..Settings::default() }.over(&parent);
        assert_eq!((settings.epochs, settings.length()), (None, Some(Duration::steps(7))));
    }
}
