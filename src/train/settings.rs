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
        let batch = self.batch.unwrap_or(64);
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
