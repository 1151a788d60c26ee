//! How a recovery trains again.

use crate::spec::Recover;
use crate::spec::check::Mistake;
use crate::train::{Duration, RetrainingError};

/// Keys of a recovery that say nothing beside, or without, a rewinding.
pub(super) fn mistakes(path: &str, recover: &Recover) -> Vec<Mistake> {
    let of_schedule = [
        ("epochs", recover.epochs.is_some()),
        ("steps", recover.steps.is_some()),
        ("batch", recover.batch.is_some()),
        ("optimizer", recover.optimizer.is_some()),
        ("lr-schedule", recover.lr_schedule.is_some()),
        ("warmup", recover.warmup.is_some()),
    ];
    let doubled = of_schedule.into_iter().filter(|(_, is_said)| *is_said && recover.lr_rewind.is_some());
    let doubled = doubled.map(|(key, _)| {
        let message = format!("`lr-rewind` repeats the original training, and `{key}` says otherwise");
        Mistake::key(&format!("{path}.{key}"), message, vec!["leave one of the two out".to_owned()])
    });
    // Steps of another batch size have seen other numbers of images, so their schedules are not at one point.
    let is_later = recover.rewind.is_some_and(|point| point != Duration::steps(0));
    let other_batch = (is_later && recover.batch.is_some()).then(|| {
        let message =
            "`rewind` continues the original training from one of its steps, and `batch` says otherwise";
        let help = vec!["leave `batch` out, or rewind to the initial weights: `rewind = \"0it\"`".to_owned()];
        Mistake::key(&format!("{path}.batch"), message, help)
    });
    let stateless = (recover.optimizer_state.is_some() && recover.rewind.is_none()).then(|| {
        let message = "there is an optimizer's state only where the weights are rewound";
        let help = vec!["say `rewind`, or leave it out: other recoveries start fresh".to_owned()];
        Mistake::key(&format!("{path}.optimizer-state"), message, help)
    });
    doubled.chain(other_batch).chain(stateless).collect()
}

/// A retraining that the trainings before it do not allow.
pub(super) fn unfit(path: &str, error: &RetrainingError) -> Mistake {
    let help = vec![error.help()];
    match error.key() {
        Some(key) => Mistake::value(&format!("{path}.{key}"), error.to_string(), help),
        None => Mistake::key(path, error.to_string(), help),
    }
}
