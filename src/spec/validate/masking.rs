//! Masks that are to change while a recovery trains.

use super::durations::Clock;
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

/// A cubic schedule that does not fit the length of the recovery, which has these `settings`, with those that it
/// takes over, and begins at step `start` of them.
pub(super) fn beyond(
    images: Option<usize>,
    path: &str,
    prune: &Prune,
    settings: &Settings,
    start: u64,
) -> Option<Mistake> {
    let Schedule::Cubic(cubic) = &prune.schedule else { return None };
    let clock = Clock::of(images, settings)?;
    let length = clock.length().saturating_sub(start);
    let ramp = cubic.ramp(|duration| clock.steps(duration));
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
