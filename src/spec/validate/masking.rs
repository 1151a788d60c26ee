//! Masks that are to change while a recovery trains.

use super::durations::Clock;
use crate::prune::regrow::Regrowth;
use crate::prune::schedule::Ramp;
use crate::prune::{Granularity, Schedule};
use crate::spec::Prune;
use crate::spec::check::Mistake;
use crate::train::{Duration, Settings};

/// What does not go together in the stage `prune` at `path`.
pub(super) fn mistakes(path: &str, prune: &Prune) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let regrow = prune.recover.as_ref().and_then(|recover| recover.regrow.as_ref());
    let nothing_between = |at: String| {
        let help = vec!["for a change after every step, say \"1it\"".to_owned()];
        Mistake::value(&at, "there is no time between two changes of the masks", help)
    };
    if let Schedule::Cubic(cubic) = &prune.schedule {
        let at = format!("{path}.schedule.cubic");
        if cubic.every == Duration::default() {
            mistakes.push(nothing_between(format!("{at}.every")));
        }
        let nothing_trains = match &prune.recover {
            None => Some("a cubic schedule prunes while the recovery trains, and there is none"),
            Some(recover) if !recover.trains() => {
                Some("a cubic schedule prunes while the recovery trains, and this one trains nothing")
            }
            Some(_) => None,
        };
        mistakes.extend(nothing_trains.map(|message| {
            let help = vec![format!("say how it trains: `{path}.recover.epochs = …`")];
            Mistake::key(&at, message, help)
        }));
        if prune.importance.corrects() {
            let message = format!(
                "`{}` moves the weights that stay, and a cubic schedule changes the masks alone",
                prune.importance.name()
            );
            let help = vec![
                "choose another importance, such as `optimal-brain-damage` or `fisher`".to_owned(),
                "or prune before the recovery: `schedule.linear`".to_owned(),
            ];
            mistakes.push(Mistake::value(&format!("{path}.importance"), message, help));
        }
        if regrow.is_some() {
            let message =
                "`regrow` moves weights at one sparsity, and the cubic schedule changes it meanwhile";
            let help = vec!["leave one of the two out".to_owned()];
            mistakes.push(Mistake::key(&format!("{path}.recover.regrow"), message, help));
        }
    } else if prune.importance.is_of_training() {
        let message = format!(
            "`{}` adds up while a network trains, and this schedule prunes before that",
            prune.importance.name()
        );
        let help = vec![format!("prune while it trains: `{path}.schedule.cubic = {{ end = … }}`")];
        mistakes.push(Mistake::value(&format!("{path}.importance"), message, help));
    }
    if let Some(regrow) = regrow {
        let at = format!("{path}.recover.regrow");
        if regrow.every() == Duration::default() {
            mistakes.push(nothing_between(at.clone()));
        }
        let contradiction = match prune.granularity {
            Granularity::Weight => None,
            Granularity::Block(_) | Granularity::Channel | Granularity::Layer => {
                Some("single weights regrow, and this stage removes more than single weights together")
            }
            Granularity::NOfM(_) => {
                Some("weights regrow anywhere in their layer, and `n-of-m` keeps n in every group")
            }
        };
        mistakes.extend(contradiction.map(|message| {
            let help = vec!["leave `granularity` or `regrow` out".to_owned()];
            Mistake::key(&at, message, help)
        }));
    }
    mistakes
}

/// Changes of the masks that do not fit the length of the recovery, which has these `settings`, with those that it
/// takes over, and begins at step `start` of them.
pub(super) fn beyond(
    images: Option<usize>,
    path: &str,
    prune: &Prune,
    settings: &Settings,
    start: u64,
) -> Option<Mistake> {
    let clock = Clock::of(images, settings)?;
    let length = clock.length().saturating_sub(start);
    match (&prune.schedule, prune.recover.as_ref()?.regrow.as_ref()) {
        (Schedule::Cubic(cubic), _) => ramp(path, cubic.ramp(|duration| clock.steps(duration)), length),
        (Schedule::OneShot | Schedule::Linear(_) | Schedule::Geometric(_), regrow) => {
            regrowth(path, regrow?.regrowth(length, |duration| clock.steps(duration)), length)
        }
    }
}

fn ramp(path: &str, ramp: Ramp, length: u64) -> Option<Mistake> {
    let at = format!("{path}.schedule.cubic.end");
    if ramp.begin >= ramp.end {
        let message = format!("it ends at step {}, and begins at step {}", ramp.end, ramp.begin);
        return Some(Mistake::value(&at, message, vec!["let `end` come after `begin`".to_owned()]));
    }
    (ramp.end >= length).then(|| {
        let message = format!("it ends at step {} of a recovery of {length} steps", ramp.end);
        let help = vec![format!(
            "at least one step must follow, so that the pruned network trains: end before step {length}, or train longer"
        )];
        Mistake::value(&at, message, help)
    })
}

/// Weights that never move, or whose last change comes after the end of the training.
fn regrowth(path: &str, Regrowth { every, until, .. }: Regrowth, length: u64) -> Option<Mistake> {
    let (message, help) = if until > length {
        let message = format!("masks would change until step {until} of a recovery of {length} steps");
        (message, format!("allowed: `until` up to \"{length}it\"; or train longer"))
    } else if every >= until {
        let message = format!(
            "no weight would move: the first change is due at step {every}, and masks stay as they are from step {until} on"
        );
        let help = if until > 1 {
            format!(
                "allowed: `every` from \"1it\" to \"{}it\"; or a later `until`, or a longer training",
                until - 1
            )
        } else {
            "let `until` come later, or train longer".to_owned()
        };
        (message, help)
    } else {
        return None;
    };
    Some(Mistake::key(&format!("{path}.recover.regrow"), message, vec![help]))
}
