//! How a recovery trains again.

use crate::spec::Recover;
use crate::spec::check::Mistake;
use crate::train::RetrainingError;

/// Keys of a recovery that say nothing beside, or without, a rewinding.
pub(super) fn mistakes(path: &str, recover: &Recover) -> Vec<Mistake> {
    let of_schedule = [
        ("epochs", recover.epochs.is_some()),
        ("steps", recover.steps.is_some()),
        ("optimizer", recover.optimizer.is_some()),
        ("lr-schedule", recover.lr_schedule.is_some()),
        ("warmup", recover.warmup.is_some()),
    ];
    let doubled = of_schedule.into_iter().filter(|(_, is_said)| *is_said && recover.lr_rewind.is_some());
    let doubled = doubled.map(|(key, _)| {
        let message = format!("`lr-rewind` repeats the original training, and `{key}` says otherwise");
        Mistake::key(&format!("{path}.{key}"), message, vec!["leave one of the two out".to_owned()])
    });
    let stateless = (recover.optimizer_state.is_some() && recover.rewind.is_none()).then(|| {
        let message = "there is an optimizer's state only where the weights are rewound";
        let help = vec!["say `rewind`, or leave it out: other recoveries start fresh".to_owned()];
        Mistake::key(&format!("{path}.optimizer-state"), message, help)
    });
    doubled.chain(stateless).collect()
}

/// A retraining that the trainings before it do not allow.
pub(super) fn unfit(path: &str, error: &RetrainingError) -> Mistake {
    let help = vec![error.help()];
    match error.key() {
        Some(key) => Mistake::value(&format!("{path}.{key}"), error.to_string(), help),
        None => Mistake::key(path, error.to_string(), help),
    }
}
