//! Schedules of weights and temperatures that a training does not fit, or that leave what is allowed.

use super::durations::{Clock, milestones};
use crate::distill::schedule::{Learned, Milestones, Schedule, Scheduled, Temperature, Transition};
use crate::spec::check::Mistake;
use crate::spec::schema_node::SchemaNode;
use crate::train::Settings;
use serde_json::Value;

/// What is wrong with the schedules of the loss that a training names itself (`own`). `whole` are all of its settings,
/// with those that it takes over, and `images` the training images, where they are known.
pub(super) fn mistakes(images: Option<usize>, path: &str, own: &Settings, whole: &Settings) -> Vec<Mistake> {
    let Some(loss) = &own.loss else { return Vec::new() };
    let clock = Clock::of(images, whole);
    // What holds where nothing is said takes a time of its own, which a short training need not have.
    let unsaid = Learned::default().strength;
    let is_unsaid = |key: &str, scheduled: &Scheduled| key.ends_with("strength") && *scheduled == unsaid;
    let scheduled = loss.scheduled().into_iter();
    let scheduled = scheduled.filter(|(_, key, scheduled)| !is_unsaid(key, scheduled));
    let mistakes = scheduled.map(|(term, key, scheduled)| {
        let at = format!("{path}.loss.{term}.{key}");
        match scheduled {
            Scheduled::Constant(_) => Vec::new(),
            Scheduled::Changing(schedule) => of_schedule(&at, schedule, clock.as_ref()),
        }
    });
    let learned = loss.learnable().into_iter().filter_map(|(term, temperature)| match temperature {
        Temperature::Learned(learned) => of_learned(&format!("{path}.loss.{term}.temperature"), learned),
        Temperature::Scheduled(_) | Temperature::Current(_) => None,
    });
    mistakes.flatten().chain(learned).collect()
}

/// A temperature at `path` that may be learned to be out of its range.
fn of_learned(path: &str, learned: &Learned) -> Option<Mistake> {
    let most = bound(path, "maximum")?;
    let reached = learned.init + learned.range;
    (reached > most).then(|| {
        let message = format!("it may be learned to be nearly {reached}, which is out of range");
        let help = vec![format!("allowed: `init` and `range` of at most {most} together")];
        Mistake::value(&format!("{path}.learned"), message, help)
    })
}

/// Of the schedule of the number at `path`.
fn of_schedule(path: &str, schedule: &Schedule, clock: Option<&Clock>) -> Vec<Mistake> {
    match schedule {
        Schedule::Linear(transition) => span(&format!("{path}.linear"), transition, clock),
        Schedule::Cosine(transition) => span(&format!("{path}.cosine"), transition, clock),
        Schedule::Exponential(transition) => {
            let at = format!("{path}.exponential");
            [positive(&at, transition), span(&at, transition, clock)].concat()
        }
        Schedule::MultiStep(steps) => {
            let at = format!("{path}.multi-step");
            let beyond = clock.map(|clock| milestones(&format!("{at}.at"), &steps.at, clock));
            range(path, steps, schedule).into_iter().chain(beyond.into_iter().flatten()).collect()
        }
    }
}

/// Points between which it changes that are not there, or in the wrong order.
fn span(path: &str, transition: &Transition, clock: Option<&Clock>) -> Vec<Mistake> {
    let Some(clock) = clock else { return Vec::new() };
    let length = clock.length();
    let begin = transition.begin.map_or(0, |begin| clock.steps(begin));
    let end = transition.end.map_or(length, |end| clock.steps(end));
    let mut mistakes = Vec::new();
    if end > length {
        let message = format!("it ends at step {end} of a training of {length} steps");
        let help = vec![
            format!("allowed: up to \"{length}it\""),
            "leave it out to end with the training, or train longer".to_owned(),
        ];
        mistakes.push(Mistake::value(&format!("{path}.end"), message, help));
    }
    // A training without steps has no time to change in.
    if begin >= end && length > 0 {
        let message = format!("it begins at step {begin} and ends at step {end}");
        let help = vec!["let it begin before it ends".to_owned()];
        let key = if transition.begin.is_some() { "begin" } else { "end" };
        mistakes.push(Mistake::value(&format!("{path}.{key}"), message, help));
    }
    mistakes
}

/// Ends of a geometric interpolation that it never leaves, or never comes to.
fn positive(path: &str, transition: &Transition) -> Vec<Mistake> {
    let ends = [("from", transition.from), ("to", transition.to)].into_iter();
    let wrong = ends.filter(|(_, value)| *value <= 0.0).map(|(key, value)| {
        let help = vec!["say a value above 0, or choose `linear` or `cosine`".to_owned()];
        let message = format!("{value} is no end of an exponential, which goes by factors");
        Mistake::value(&format!("{path}.{key}"), message, help)
    });
    wrong.collect()
}

/// A bound of the number at `path`.
fn bound(path: &str, keyword: &str) -> Option<f64> {
    let node = path.split('.').try_fold(SchemaNode::root(), SchemaNode::child)?;
    node.get(keyword).and_then(Value::as_f64)
}

/// A last value outside of the range that the number at `path` has.
fn range(path: &str, steps: &Milestones, schedule: &Schedule) -> Option<Mistake> {
    let (least, most) = (bound(path, "minimum"), bound(path, "maximum"));
    let [_, last] = schedule.ends();
    let inside = least.is_none_or(|least| last >= least) && most.is_none_or(|most| last <= most);
    (!inside).then(|| {
        let least = least.map(|least| format!("{least} ≤ ")).unwrap_or_default();
        let most = most.map(|most| format!(" ≤ {most}")).unwrap_or_default();
        let message = format!("after {} milestones it is {last}, which is out of range", steps.at.len());
        Mistake::value(
            &format!("{path}.multi-step.gamma"),
            message,
            vec![format!("allowed: {least}value{most}")],
        )
    })
}
