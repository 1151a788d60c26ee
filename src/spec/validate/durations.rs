//! Points in time that a training does not reach.

use super::Sections;
use super::chain::Chain;
use crate::data::{held_out, steps_per_epoch};
use crate::spec::Prune;
use crate::spec::check::Mistake;
use crate::train::{Duration, LrSchedule, Settings};

/// What a training says of itself (`own`) that does not fit its length. `whole` are all of its settings, with
/// those that it takes over.
pub(super) fn mistakes(sections: &Sections, path: &str, own: &Settings, whole: &Settings) -> Vec<Mistake> {
    let mut mistakes: Vec<Mistake> =
        own.evaluate.and_then(|every| evaluate(path, every)).into_iter().collect();
    let Some(clock) = Clock::of(sections, whole) else { return mistakes };
    let Clock { length, .. } = clock;
    if let Some(steps) = own.warmup.map(|warmup| clock.steps(warmup)).filter(|steps| *steps > length) {
        let message = format!("the warm-up takes {steps} steps of a training of {length}");
        let help = vec!["warm up for a shorter time, or train longer".to_owned()];
        mistakes.push(Mistake::value(&format!("{path}.warmup"), message, help));
    }
    let milestones = match &own.lr_schedule {
        Some(LrSchedule::MultiStep(multi_step)) => &multi_step.at[..],
        Some(LrSchedule::Constant | LrSchedule::Cosine(_)) | None => &[],
    };
    for (index, step) in milestones.iter().map(|&at| clock.steps(at)).enumerate() {
        if step >= length {
            let message =
                format!("a milestone at step {step} changes nothing in a training of {length} steps");
            let help = vec!["leave it out, or train longer".to_owned()];
            let at = format!("{path}.lr-schedule.multi-step.at.{index}");
            mistakes.push(Mistake::value(&at, message, help));
        }
    }
    mistakes
}

fn evaluate(path: &str, every: Duration) -> Option<Mistake> {
    (every == Duration::steps(0)).then(|| {
        let help = vec!["for an evaluation after every step, say \"1it\"".to_owned()];
        Mistake::value(&format!("{path}.evaluate"), "there is no time between two evaluations", help)
    })
}

/// A point to rewind to that the original training does not reach, or that leaves nothing to train.
pub(super) fn rewind(sections: &Sections, prune: &Prune, chain: &Chain<'_>, path: &str) -> Option<Mistake> {
    let rewind = prune.recover.as_ref()?.rewind?;
    let original = Clock::of(sections, &chain.train.settings())?;
    let (to, length) = (original.steps(rewind), original.length);
    let at = format!("{path}.rewind");
    if to > length {
        let message = format!("it rewinds to step {to} of a training of {length} steps");
        let help = vec![format!("any point from \"0it\" to \"{length}it\" is there")];
        return Some(Mistake::value(&at, message, help));
    }
    let end = Clock::of(sections, &chain.recovery().settings)?.length;
    (to >= end).then(|| {
        let message = format!("it rewinds to step {to} and trains to step {end}: nothing is left to train");
        let help = vec![
            "a rewound training ends at its own `epochs` or `steps`, counted from the very start".to_owned(),
        ];
        Mistake::value(&at, message, help)
    })
}

/// A training's time in steps.
struct Clock {
    per_epoch: u64,
    length: u64,
}

impl Clock {
    /// `None` where the images or the length are not known.
    fn of(sections: &Sections, settings: &Settings) -> Option<Self> {
        let data = sections.data.as_ref()?;
        let total = data.source.shape().train;
        let images = total - held_out(total, data.validation).min(total);
        let per_epoch = steps_per_epoch(images, settings.batch.unwrap_or(Settings::BATCH));
        Some(Self { per_epoch, length: settings.length?.in_steps(per_epoch) })
    }

    fn steps(&self, duration: Duration) -> u64 {
        duration.in_steps(self.per_epoch)
    }
}
