//! What a training is told: as written, where everything may be left out, and resolved.

use super::{Duration, Keep, LrSchedule, Optimizer};
use crate::distill::LossMix;
use serde::Serialize;

/// What a `train` or a `recover` says; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub length: Option<Duration>,
    pub batch: Option<usize>,
    pub optimizer: Option<Optimizer>,
    pub lr_schedule: Option<LrSchedule>,
    pub warmup: Option<Duration>,
    pub loss: Option<LossMix>,
    pub label_smoothing: Option<f64>,
    pub evaluate: Option<Duration>,
    pub keep: Option<Keep>,
}

/// A training with nothing left open, in steps: part of a node's key as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Training {
    /// Total number of steps; one that starts at a later step (a rewound one) ends here too.
    pub steps: u64,
    pub batch: usize,
    pub optimizer: Optimizer,
    /// Its durations are in steps.
    pub lr_schedule: LrSchedule,
    /// Steps of linear warm-up.
    pub warmup: u64,
    pub loss: LossMix,
    pub label_smoothing: f64,
    /// Steps between evaluations; the last step is always evaluated.
    pub evaluate: u64,
    pub keep: Keep,
}

impl Settings {
    /// Images a step, where nothing is said.
    pub const BATCH: usize = 64;

    /// These settings where they say something, `parent`'s elsewhere.
    pub fn over(self, parent: Self) -> Self {
        Self {
            length: self.length.or(parent.length),
            batch: self.batch.or(parent.batch),
            optimizer: self.optimizer.or(parent.optimizer),
            lr_schedule: self.lr_schedule.or(parent.lr_schedule),
            warmup: self.warmup.or(parent.warmup),
            loss: self.loss.or(parent.loss),
            label_smoothing: self.label_smoothing.or(parent.label_smoothing),
            evaluate: self.evaluate.or(parent.evaluate),
            keep: self.keep.or(parent.keep),
        }
    }

    /// Fills in the defaults and counts everything in steps, for `images` training images.
    /// Without a validation split (`validation` images = 0) the last network is kept.
    pub fn resolve(self, images: usize, validation: usize) -> Training {
        let batch = self.batch.unwrap_or(Self::BATCH);
        let per_epoch = crate::data::steps_per_epoch(images, batch);
        let in_steps = |duration: Duration| duration.in_steps(per_epoch);
        let keep = if validation == 0 { Keep::Last } else { self.keep.unwrap_or_default() };
        Training {
            steps: in_steps(self.length.unwrap_or(Duration::epochs(0))),
            batch,
            optimizer: self.optimizer.unwrap_or_default(),
            lr_schedule: self.lr_schedule.unwrap_or_default().in_steps(per_epoch),
            warmup: in_steps(self.warmup.unwrap_or(Duration::steps(0))),
            loss: self.loss.unwrap_or_default(),
            label_smoothing: self.label_smoothing.unwrap_or(0.0),
            evaluate: in_steps(self.evaluate.unwrap_or(Duration::epochs(1))).max(1),
            keep,
        }
    }
}

impl Training {
    /// Learning rate of step `step` (from 0): the schedule's, times (step + 1)/warm-up while warming up.
    pub fn learning_rate(&self, step: u64) -> f64 {
        let rate = self.lr_schedule.rate(self.optimizer.lr(), step, self.steps);
        if step < self.warmup { rate * (step + 1) as f64 / self.warmup as f64 } else { rate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_takes_what_it_does_not_say_from_its_parent() {
        let parent = Settings { length: Some(Duration::epochs(20)), batch: Some(60), ..Settings::default() };
        let recover = Settings { length: Some(Duration::steps(7)), ..Settings::default() };
        let merged = recover.over(parent);
        assert_eq!((merged.length, merged.batch), (Some(Duration::steps(7)), Some(60)));
    }

    #[test]
    fn lengths_are_counted_in_steps_with_a_smaller_last_batch() {
        let settings = Settings { length: Some(Duration::epochs(2)), batch: Some(64), ..Settings::default() };
        let training = settings.resolve(100, 10);
        assert_eq!((training.steps, training.evaluate, training.keep), (4, 2, Keep::BestValidation));
    }

    #[test]
    fn without_validation_the_last_network_is_kept() {
        let settings = Settings { keep: Some(Keep::BestValidation), ..Settings::default() };
        assert_eq!(settings.resolve(100, 0).keep, Keep::Last);
    }

    #[test]
    fn warm_up_rises_to_the_schedule() {
        let settings = Settings { warmup: Some(Duration::steps(4)), ..Settings::default() };
        let training = settings.resolve(100, 0);
        let rates: Vec<_> = (0..5).map(|step| training.learning_rate(step) / 1e-3).collect();
        for (rate, expected) in rates.into_iter().zip([0.25, 0.5, 0.75, 1.0, 1.0]) {
            assert!((rate - expected).abs() < 1e-12, "{rate} is not {expected}");
        }
    }
}
