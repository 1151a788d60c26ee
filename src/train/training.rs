//! A training with nothing left open.

use super::{
    Duration, Keep, LrSchedule, Optimizer, Penalty, Recalibrate, RecoveryBudget, RecoveryWeights, Settings,
    Stretch,
};
use crate::distill::{LossMix, Teaching};
use crate::model::Init;
use crate::prune::Masking;
use serde::Serialize;

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
    /// Its durations are in steps.
    pub loss: LossMix,
    /// Who teaches; in a key, of several alone, since the key of one teacher says it all.
    #[serde(skip_serializing_if = "Teaching::is_of_one_at_most")]
    pub teaching: Teaching,
    /// Its durations are in steps.
    #[serde(skip_serializing_if = "Penalty::is_empty")]
    pub penalty: Penalty,
    /// Steps between evaluations; the last step is always evaluated.
    pub evaluate: u64,
    pub keep: Keep,
    /// How the initial weights are drawn, where it starts from them.
    #[serde(skip_serializing_if = "Init::is_default")]
    pub init: Init,
    /// How masks change meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masking: Option<Masking>,
    /// What a recovery starts from.
    #[serde(skip_serializing_if = "RecoveryWeights::is_default")]
    pub weights: RecoveryWeights,
    /// Whether it is longer where the network has got smaller.
    #[serde(skip_serializing_if = "RecoveryBudget::is_default")]
    pub budget: RecoveryBudget,
    /// Images of each class that train; all where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples_per_class: Option<u32>,
    /// What is done to the network that was kept, or in place of a training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recalibrate: Option<Recalibrate>,
}

impl Settings {
    /// Fills in the defaults and counts everything in steps, for `images` training images.
    /// Without a validation split (`validation` images = 0) the last network is kept.
    pub fn resolve(&self, images: usize, validation: usize) -> Training {
        let in_steps =
            |duration: Option<Duration>, default| self.in_steps(duration.unwrap_or(default), images);
        let lr_schedule = self.lr_schedule.clone().unwrap_or_default();
        let loss = self.loss.clone().unwrap_or_default().active();
        let teaching = Teaching::new(&loss, self.teacher.as_ref(), self.ensemble.unwrap_or_default());
        let penalty = self.penalty.clone().unwrap_or_default().active();
        let per_epoch = self.in_steps(Duration::epochs(1), images);
        Training {
            steps: in_steps(self.length(), Duration::steps(0)),
            batch: self.batch.unwrap_or(Self::BATCH),
            optimizer: self.optimizer.clone().unwrap_or_default(),
            lr_schedule: lr_schedule.in_steps(per_epoch),
            warmup: in_steps(self.warmup, Duration::steps(0)),
            loss: teaching.named_in(loss).in_steps(per_epoch),
            teaching,
            penalty: penalty.in_steps(per_epoch),
            evaluate: in_steps(self.evaluate, Duration::epochs(1)).max(1),
            keep: if validation == 0 { Keep::Last } else { self.keep.unwrap_or_default() },
            init: Init::default(),
            masking: None,
            weights: RecoveryWeights::default(),
            budget: RecoveryBudget::default(),
            samples_per_class: None,
            recalibrate: None,
        }
    }
}

impl Training {
    /// The same over another number of steps, with all that changes over it stretched as much.
    #[must_use]
    pub fn stretched(&self, stretch: Stretch) -> Self {
        Self {
            steps: stretch.steps(self.steps),
            lr_schedule: self.lr_schedule.stretched(stretch),
            warmup: stretch.steps(self.warmup),
            loss: self.loss.clone().stretched(stretch),
            penalty: self.penalty.clone().stretched(stretch),
            ..self.clone()
        }
    }

    /// Learning rate of step `step` (from 0): the schedule's, times (step + 1) / warm-up while warming up.
    pub fn learning_rate(&self, step: u64) -> f64 {
        self.lr_schedule.rate(self.optimizer.lr(), step, self.steps) * self.warmed_up(step)
    }

    /// The learning rate that it ends with: what its schedule comes down to, which a cosine reaches after the
    /// last step.
    pub fn last_learning_rate(&self) -> f64 {
        let last = self.steps.saturating_sub(1);
        self.lr_schedule.last(self.optimizer.lr(), self.steps) * self.warmed_up(last)
    }

    /// Part of the schedule's rate that step `step` has.
    fn warmed_up(&self, step: u64) -> f64 {
        if step < self.warmup { (step + 1) as f64 / self.warmup as f64 } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Cosine, GrowingL2, MultiStep, Sgd};

    #[test]
    fn lengths_are_counted_in_steps_with_a_smaller_last_batch() {
        let training = Settings { epochs: Some(2), batch: Some(64), ..Settings::default() }.resolve(100, 10);
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

    // 10 steps of warm-up in 100, a milestone at 50: over 250 steps 25 and 125, and a cosine is half-way at 125.
    #[test]
    fn a_longer_training_has_its_schedule_stretched() {
        let settings =
            Settings { steps: Some(100), warmup: Some(Duration::steps(10)), ..Settings::default() };
        let at = vec![Duration::steps(50)];
        let growing = GrowingL2 { step: 1e-4, every: Duration::steps(4), limit: 1.0, share: None };
        let penalty = Penalty { growing_l2: Some(growing), ..Penalty::default() };
        let resolved = |lr_schedule| {
            let penalty = Some(penalty.clone());
            let settings = Settings { lr_schedule: Some(lr_schedule), penalty, ..settings.clone() };
            settings.resolve(6400, 0).stretched(Stretch { by: 5, of: 2 })
        };
        let long = resolved(LrSchedule::MultiStep(MultiStep { at, gamma: 0.1 }));
        assert_eq!((long.steps, long.warmup, long.evaluate), (250, 25, 100));
        assert_eq!(long.penalty.growing_l2.unwrap().every, Duration::steps(10));
        let rates = [24, 124, 125, 249].map(|step| long.learning_rate(step) / 1e-3);
        assert!(rates.iter().zip([1.0, 1.0, 0.1, 0.1]).all(|(a, b)| (a - b).abs() < 1e-12), "{rates:?}");
        let cosine = resolved(LrSchedule::Cosine(Cosine { to: 0.0 }));
        assert!((cosine.learning_rate(125) - 0.5e-3).abs() < 1e-12);
    }

    // 10 steps from 0.1: with milestones at 4 and 8 and γ = 0.1 the last step has 0.001, with one more at 10
    // too; a cosine comes down to its `to`; warm-up over 20 steps has come to half at the last.
    #[test]
    fn the_last_rate_is_what_the_schedule_comes_down_to() {
        let last = |lr_schedule, warmup| {
            let sgd = Sgd { lr: 0.1, momentum: 0.0, nesterov: false, weight_decay: 0.0 };
            let (optimizer, warmup) = (Some(Optimizer::Sgd(sgd)), Some(Duration::steps(warmup)));
            let settings = Settings { steps: Some(10), optimizer, warmup, ..Settings::default() };
            Settings { lr_schedule: Some(lr_schedule), ..settings }.resolve(100, 0).last_learning_rate()
        };
        let at = |milestones: &[u64]| {
            LrSchedule::MultiStep(MultiStep {
                at: milestones.iter().map(|&at| Duration::steps(at)).collect(),
                gamma: 0.1,
            })
        };
        let cases = [
            (LrSchedule::Constant, 0, 0.1),
            (LrSchedule::Constant, 20, 0.05),
            (at(&[4, 8]), 0, 0.001),
            (at(&[4, 8, 10]), 0, 0.001),
            (LrSchedule::Cosine(Cosine { to: 0.02 }), 0, 0.02),
            (LrSchedule::Cosine(Cosine { to: 0.0 }), 0, 0.0),
        ];
        for (schedule, warmup, expected) in cases {
            let found = last(schedule.clone(), warmup);
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected} with {schedule:?}");
        }
    }
}
