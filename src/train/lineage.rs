//! What a training after pruning takes from the trainings before it.

use super::{Duration, Settings};
use crate::distill::LossMix;

/// The trainings that a network has behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Lineage {
    /// The one from initial weights.
    root: Settings,
    /// The one that made the network: the root's, or the last after pruning.
    parent: Settings,
    /// What the parent ended with; `None` where it took no step.
    last: Option<Last>,
}

/// What a training comes down to.
#[derive(Clone, Debug, PartialEq)]
struct Last {
    learning_rate: f64,
    /// The loss with what its schedules come to, where it says one.
    loss: Option<LossMix>,
}

/// How a network is trained again after pruning (the retraining techniques of Renda et al., 2020).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retraining {
    /// Fine-tuning: from the pruned weights, at the last learning rate (Han et al., 2015).
    FineTune,
    /// Weight rewinding: from the weights that the root had at this point, on to the end (Frankle et al., 2020).
    Rewind(Duration),
    /// Learning-rate rewinding: from the pruned weights, with the schedule's last part of this length (Renda et
    /// al., 2020).
    LrRewind(Duration),
}

/// A training after pruning.
#[derive(Clone, Debug, PartialEq)]
pub struct Continuation {
    pub settings: Settings,
    /// The first step that is taken of those that `settings` describe.
    pub start: u64,
}

/// A retraining that the trainings before it do not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetrainingError {
    #[error("the training before it ends at a learning rate of 0, so it must say its own")]
    NoLearningRate,
    #[error("it rewinds to step {step} of a training of {steps} steps")]
    RewindBeyondEnd { step: u64, steps: u64 },
    #[error("it rewinds to step {step} and trains to step {end}: nothing is left to train")]
    NothingLeft { step: u64, end: u64 },
    #[error("it replays the last {span} steps of a training of {steps} steps")]
    ReplayOutside { span: u64, steps: u64 },
}

impl Lineage {
    /// Of a training from initial weights, on `images` training images.
    pub fn new(root: Settings, images: usize) -> Self {
        Self { last: last(&root, images), parent: root.clone(), root }
    }

    /// With one training more.
    pub fn then(&self, parent: Settings, images: usize) -> Self {
        Self { root: self.root.clone(), last: last(&parent, images), parent }
    }

    /// What `recover` says and, of what it does not, what the parent came to: the weights and temperatures of its loss
    /// stay at what their schedules ended with.
    pub fn held(&self, recover: &Settings) -> Settings {
        let last = self.last.as_ref().and_then(|last| last.loss.clone());
        let parent = Settings { loss: last.or(self.parent.loss.clone()), ..self.parent.clone() };
        recover.over(&parent)
    }

    /// What `recover` says and, of what it does not, what the trainings before say. Fine-tuning asks the
    /// parent, which it goes on from; a rewinding asks the root, which it repeats.
    pub fn settings(&self, recover: &Settings, retraining: Retraining) -> Settings {
        match retraining {
            Retraining::FineTune => self.held(recover),
            Retraining::Rewind(_) | Retraining::LrRewind(_) => recover.over(&self.root),
        }
    }

    /// The training after pruning that `recover` describes, on `images` training images.
    pub fn continued(
        &self,
        recover: &Settings,
        retraining: Retraining,
        images: usize,
    ) -> Result<Continuation, RetrainingError> {
        let settings = self.settings(recover, retraining);
        let end = settings.resolve(images, 0).steps;
        match retraining {
            Retraining::FineTune => self.fine_tuned(recover, settings),
            Retraining::Rewind(point) => {
                let (step, steps) = (self.root.in_steps(point, images), self.root.resolve(images, 0).steps);
                if step > steps {
                    Err(RetrainingError::RewindBeyondEnd { step, steps })
                } else if step >= end {
                    Err(RetrainingError::NothingLeft { step, end })
                } else {
                    Ok(Continuation { settings, start: step })
                }
            }
            Retraining::LrRewind(span) => {
                let span = settings.in_steps(span, images);
                let start = end.checked_sub(span).filter(|&start| start < end);
                let start = start.ok_or(RetrainingError::ReplayOutside { span, steps: end })?;
                Ok(Continuation { settings, start })
            }
        }
    }

    /// Fine-tuning: the parent's schedule is over, so the base rate is its last learning rate, unless `recover`
    /// names an optimizer. That rate is held, unless `recover` names a schedule, which starts from it. After a
    /// training without steps nothing is over: its schedule begins.
    fn fine_tuned(
        &self,
        recover: &Settings,
        mut settings: Settings,
    ) -> Result<Continuation, RetrainingError> {
        if let Some(last) = &self.last {
            settings.lr_schedule = Some(recover.lr_schedule.clone().unwrap_or_default());
            settings.warmup = recover.warmup;
            if recover.optimizer.is_none() {
                if last.learning_rate == 0.0 {
                    return Err(RetrainingError::NoLearningRate);
                }
                settings.optimizer = Some(settings.optimizer.unwrap_or_default().with_lr(last.learning_rate));
            }
        }
        Ok(Continuation { settings, start: 0 })
    }
}

/// What a training ends with; `None` where it takes no step.
fn last(settings: &Settings, images: usize) -> Option<Last> {
    let training = settings.resolve(images, 0);
    let per_epoch = settings.in_steps(Duration::epochs(1), images);
    let loss = settings.loss.clone().map(|loss| loss.in_steps(per_epoch).ended(training.steps));
    (training.steps > 0).then(|| Last { learning_rate: training.last_learning_rate(), loss })
}

impl RetrainingError {
    /// The key below `recover` that it is about.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::NoLearningRate => None,
            Self::RewindBeyondEnd { .. } | Self::NothingLeft { .. } => Some("rewind"),
            Self::ReplayOutside { .. } => Some("lr-rewind"),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NoLearningRate => {
                "name an `optimizer` with its `lr`, or replay the end of the schedule: `lr-rewind = \"…ep\"`"
                    .into()
            }
            Self::RewindBeyondEnd { steps, .. } => {
                format!("any point from \"0it\" to \"{steps}it\" is there")
            }
            Self::NothingLeft { .. } => {
                "a rewound training ends at its own `epochs` or `steps`, counted from the very start".into()
            }
            Self::ReplayOutside { steps, .. } => format!("allowed: \"1it\" to \"{steps}it\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Cosine, LrSchedule, MultiStep, Optimizer, Sgd};
    use serde_json::json;

    /// 640 images in batches of 64: an epoch has 10 steps.
    const IMAGES: usize = 640;

    fn sgd(lr: f64) -> Option<Optimizer> {
        Some(Optimizer::Sgd(Sgd { lr, momentum: 0.9, nesterov: false, weight_decay: 0.0 }))
    }

    /// 40 epochs from 0.1 with a warm-up, down by 10 after 20 and 30 of them.
    fn classic() -> Settings {
        let at = vec![Duration::epochs(20), Duration::epochs(30)];
        Settings {
            epochs: Some(40),
            optimizer: sgd(0.1),
            lr_schedule: Some(LrSchedule::MultiStep(MultiStep { at, gamma: 0.1 })),
            warmup: Some(Duration::epochs(1)),
            ..Settings::default()
        }
    }

    fn five_epochs() -> Settings {
        Settings { epochs: Some(5), ..Settings::default() }
    }

    /// Learning rates of the steps that are taken.
    fn rates(continuation: &Continuation) -> Vec<f64> {
        let training = continuation.settings.resolve(IMAGES, 0);
        (continuation.start..training.steps).map(|step| training.learning_rate(step)).collect()
    }

    #[track_caller]
    fn assert_near(found: &[f64], expected: impl Iterator<Item = f64>) {
        let expected: Vec<f64> = expected.collect();
        let near =
            found.iter().zip(&expected).all(|(found, expected)| (found / expected - 1.0).abs() < 1e-12);
        assert!(near && found.len() == expected.len(), "{found:?} is not {expected:?}");
    }

    #[test]
    fn fine_tuning_holds_the_last_learning_rate() {
        let lineage = Lineage::new(classic(), IMAGES);
        let tuned = lineage.continued(&five_epochs(), Retraining::FineTune, IMAGES).unwrap();
        assert_near(&rates(&tuned), std::iter::repeat_n(0.001, 50));
        assert_eq!(tuned.settings.warmup, None);
        // The next fine-tuning goes on at the same rate, as long as this one.
        let next = lineage.then(tuned.settings, IMAGES);
        let next = next.continued(&Settings::default(), Retraining::FineTune, IMAGES).unwrap();
        assert_near(&rates(&next), std::iter::repeat_n(0.001, 50));
    }

    #[test]
    fn fine_tuning_takes_the_optimizer_that_it_names() {
        let lineage = Lineage::new(classic(), IMAGES);
        let own = Settings { optimizer: sgd(0.02), ..five_epochs() };
        let tuned = lineage.continued(&own, Retraining::FineTune, IMAGES).unwrap();
        assert_near(&rates(&tuned), std::iter::repeat_n(0.02, 50));
    }

    // The original training ends at 0.001. Of 50 steps, half-way down a cosine from 0.001 to 0.0002 is 0.0006;
    // the next starts at those 0.0002, and half-way down to 0 is 0.0001.
    #[test]
    fn a_schedule_of_fine_tuning_starts_from_the_last_learning_rate() {
        let cosine = |to| Settings { lr_schedule: Some(LrSchedule::Cosine(Cosine { to })), ..five_epochs() };
        let ends = |tuned: &Continuation| [rates(tuned)[0], rates(tuned)[25]];
        let lineage = Lineage::new(classic(), IMAGES);
        let first = lineage.continued(&cosine(0.0002), Retraining::FineTune, IMAGES).unwrap();
        assert_near(&ends(&first), [0.001, 0.0006].into_iter());
        let lineage = lineage.then(first.settings, IMAGES);
        let second = lineage.continued(&cosine(0.0), Retraining::FineTune, IMAGES).unwrap();
        assert_near(&ends(&second), [0.0002, 0.0001].into_iter());
        // After the second nothing is left to start from.
        let lineage = lineage.then(second.settings, IMAGES);
        let third = lineage.continued(&cosine(0.0), Retraining::FineTune, IMAGES);
        assert_eq!(third, Err(RetrainingError::NoLearningRate));
    }

    #[test]
    fn fine_tuning_after_a_rate_of_zero_must_say_its_own() {
        let cosine = Some(LrSchedule::Cosine(Cosine { to: 0.0 }));
        let lineage = Lineage::new(Settings { lr_schedule: cosine, ..classic() }, IMAGES);
        let silent = lineage.continued(&five_epochs(), Retraining::FineTune, IMAGES);
        assert_eq!(silent, Err(RetrainingError::NoLearningRate));
        let own = Settings { optimizer: sgd(0.01), ..five_epochs() };
        assert!(lineage.continued(&own, Retraining::FineTune, IMAGES).is_ok());
    }

    #[test]
    fn after_a_training_without_steps_the_schedule_begins() {
        let lineage = Lineage::new(Settings { epochs: Some(0), ..classic() }, IMAGES);
        let own = Settings { epochs: Some(40), ..Settings::default() };
        let trained = lineage.continued(&own, Retraining::FineTune, IMAGES).unwrap();
        assert_eq!(trained.settings, classic());
    }

    // The last 15 epochs of 40 begin in epoch 25: 5 at 0.01, then 10 at 0.001.
    #[test]
    fn learning_rate_rewinding_replays_the_end_of_the_roots_schedule() {
        let lineage = Lineage::new(classic(), IMAGES);
        let tuned = lineage.continued(&five_epochs(), Retraining::FineTune, IMAGES).unwrap();
        for lineage in [lineage.clone(), lineage.then(tuned.settings, IMAGES)] {
            let retraining = Retraining::LrRewind(Duration::epochs(15));
            let rewound = lineage.continued(&Settings::default(), retraining, IMAGES).unwrap();
            assert_eq!(rewound.start, 250);
            let expected = std::iter::repeat_n(0.01, 50).chain(std::iter::repeat_n(0.001, 100));
            assert_near(&rates(&rewound), expected);
        }
        for span in [0, 401] {
            let retraining = Retraining::LrRewind(Duration::steps(span));
            let refused = lineage.continued(&Settings::default(), retraining, IMAGES);
            assert_eq!(refused, Err(RetrainingError::ReplayOutside { span, steps: 400 }));
        }
    }

    #[test]
    fn weight_rewinding_trains_again_as_the_root_did() {
        let lineage = Lineage::new(classic(), IMAGES);
        let tuned = lineage.continued(&five_epochs(), Retraining::FineTune, IMAGES).unwrap();
        let lineage = lineage.then(tuned.settings, IMAGES);
        let rewound = |settings, point| lineage.continued(&settings, Retraining::Rewind(point), IMAGES);
        let expected = Continuation { settings: classic(), start: 20 };
        assert_eq!(rewound(Settings::default(), Duration::epochs(2)), Ok(expected));
        let beyond = RetrainingError::RewindBeyondEnd { step: 401, steps: 400 };
        assert_eq!(rewound(Settings::default(), Duration::steps(401)), Err(beyond));
        let nothing = RetrainingError::NothingLeft { step: 50, end: 50 };
        assert_eq!(rewound(five_epochs(), Duration::steps(50)), Err(nothing));
    }

    /// 40 epochs in which the temperature falls from 8 to 1, and the weight of the soft labels grows to 0.9.
    fn scheduled() -> Settings {
        let loss = serde_json::from_value(json!({
            "cross-entropy": { "weight": 0.1 },
            "soft-labels": {
                "weight": { "linear": { "from": 0.0, "to": 0.9, "end": "10ep" } },
                "temperature": { "cosine": { "from": 8.0, "to": 1.0 } },
            },
        }));
        Settings { loss: Some(loss.unwrap()), ..classic() }
    }

    /// Weight and temperature of the soft labels in a step.
    fn soft_labels(continuation: &Continuation, step: u64) -> [f64; 2] {
        let training = continuation.settings.resolve(IMAGES, 0);
        let soft_labels = training.loss.at(step, training.steps).soft_labels.unwrap();
        [soft_labels.weight.value(), soft_labels.temperature.value()]
    }

    #[test]
    fn fine_tuning_holds_what_the_schedules_of_the_loss_came_to() {
        let lineage = Lineage::new(scheduled(), IMAGES);
        let tuned = lineage.continued(&five_epochs(), Retraining::FineTune, IMAGES).unwrap();
        assert_eq!([0, 49].map(|step| soft_labels(&tuned, step)), [[0.9, 1.0]; 2]);
        let held = lineage.held(&Settings::default());
        assert_eq!(held.loss, tuned.settings.loss);
        // A loss of its own begins with it.
        let own = Settings { loss: scheduled().loss, ..five_epochs() };
        let tuned = lineage.continued(&own, Retraining::FineTune, IMAGES).unwrap();
        assert_eq!(soft_labels(&tuned, 0), [0.0, 8.0]);
        // After a training without steps nothing is over.
        let untrained = Lineage::new(Settings { epochs: Some(0), ..scheduled() }, IMAGES);
        let own = Settings { epochs: Some(40), ..Settings::default() };
        let trained = untrained.continued(&own, Retraining::FineTune, IMAGES).unwrap();
        assert_eq!(trained.settings, scheduled());
    }

    // Of 400 steps the last 200 begin with a temperature half-way between 8 and 1.
    #[test]
    fn a_rewound_training_has_the_loss_of_its_step() {
        let lineage = Lineage::new(scheduled(), IMAGES);
        let tuned = lineage.continued(&five_epochs(), Retraining::FineTune, IMAGES).unwrap();
        let lineage = lineage.then(tuned.settings, IMAGES);
        let by = |retraining| lineage.continued(&Settings::default(), retraining, IMAGES).unwrap();
        let rewound = by(Retraining::LrRewind(Duration::epochs(20)));
        let [weight, temperature] = soft_labels(&rewound, rewound.start);
        assert!(weight == 0.9 && (temperature - 4.5).abs() < 1e-12, "{weight} {temperature}");
        let rewound = by(Retraining::Rewind(Duration::epochs(5)));
        assert_eq!(soft_labels(&rewound, rewound.start)[0], 0.45);
    }
}
