//! Points in time that a training does not reach.

use crate::spec::check::Mistake;
use crate::train::{Duration, LrSchedule, Settings};

/// What a training says of itself (`own`) that does not fit its length. `whole` are all of its settings, with
/// those that it takes over, and `images` the training images, where they are known.
pub(super) fn mistakes(images: Option<usize>, path: &str, own: &Settings, whole: &Settings) -> Vec<Mistake> {
    let mut mistakes: Vec<Mistake> =
        own.evaluate.and_then(|every| evaluate(path, every)).into_iter().collect();
    let Some(clock) = Clock::of(images, whole) else { return mistakes };
    let Clock { length, .. } = clock;
    let of_loss = own.loss.as_ref().and_then(|loss| loss.decoupled.as_ref()?.warmup);
    for (key, warmup) in [("warmup", own.warmup), ("loss.decoupled.warmup", of_loss)] {
        if let Some(steps) = warmup.map(|warmup| clock.steps(warmup)).filter(|steps| *steps > length) {
            let message = format!("the warm-up takes {steps} steps of a training of {length}");
            let help = vec!["warm up for a shorter time, or train longer".to_owned()];
            mistakes.push(Mistake::value(&format!("{path}.{key}"), message, help));
        }
    }
    let growing = own.penalty.as_ref().and_then(|penalty| penalty.growing_l2).filter(|_| length > 0);
    if let Some(every) = growing.map(|growing| clock.steps(growing.every)).filter(|every| *every >= length) {
        let message =
            format!("it would grow after {every} steps for the first time, in a training of {length}");
        let help = vec!["let it grow more often, or train longer".to_owned()];
        mistakes.push(Mistake::key(&format!("{path}.penalty.growing-l2"), message, help));
    }
    match &own.lr_schedule {
        Some(LrSchedule::MultiStep(multi_step)) => {
            let at = format!("{path}.lr-schedule.multi-step.at");
            mistakes.extend(milestones(&at, &multi_step.at, &clock));
        }
        Some(LrSchedule::Constant | LrSchedule::Cosine(_)) | None => {}
    }
    mistakes
}

/// Milestones of the list at `path` that come after the last step.
pub(super) fn milestones(path: &str, milestones: &[Duration], clock: &Clock) -> Vec<Mistake> {
    let length = clock.length;
    let steps = milestones.iter().map(|&at| clock.steps(at)).enumerate();
    let beyond = steps.filter(|(_, step)| *step >= length).map(|(index, step)| {
        let message = format!("a milestone at step {step} changes nothing in a training of {length} steps");
        Mistake::value(&format!("{path}.{index}"), message, vec!["leave it out, or train longer".to_owned()])
    });
    beyond.collect()
}

fn evaluate(path: &str, every: Duration) -> Option<Mistake> {
    (every == Duration::steps(0)).then(|| {
        let help = vec!["for an evaluation after every step, say \"1it\"".to_owned()];
        Mistake::value(&format!("{path}.evaluate"), "there is no time between two evaluations", help)
    })
}

/// A training's time in steps.
pub(super) struct Clock {
    per_epoch: u64,
    length: u64,
}

impl Clock {
    /// `None` where the images or the length are not known.
    pub fn of(images: Option<usize>, settings: &Settings) -> Option<Self> {
        let per_epoch = settings.in_steps(Duration::epochs(1), images?);
        Some(Self { per_epoch, length: settings.length()?.in_steps(per_epoch) })
    }

    /// The length of the training.
    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn steps(&self, duration: Duration) -> u64 {
        duration.in_steps(self.per_epoch)
    }
}
