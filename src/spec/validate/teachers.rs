//! Teachers that cannot be weighed, and terms that do not say whose network they look at, or name one that does not teach.

use crate::distill::TeacherNames;
use crate::format::excerpt;
use crate::spec::check::Mistake;
use crate::spec::diagnostics::{known_names, listed};
use crate::train::Settings;
use std::collections::BTreeSet;

/// Mistakes of a training with `settings` at `path`.
pub(super) fn mistakes(path: &str, settings: &Settings) -> Vec<Mistake> {
    let Some(names) = &settings.teacher else { return Vec::new() };
    let at = format!("{path}.teacher");
    let mut mistakes = twice(&at, names);
    match names.shares() {
        Some(shares) => {
            let together =
                shares.iter().filter(|(_, share)| **share > 0.0).map(|(stage, _)| *stage).collect();
            mistakes.extend(terms(path, settings, names, together));
        }
        None => {
            let message = "the weights of the teachers do not sum to a positive number";
            let help = vec!["give one of them a weight above 0; only proportions matter".to_owned()];
            mistakes.push(Mistake::value(&at, message, help));
        }
    }
    mistakes
}

/// Stages that a list names more than once.
fn twice(at: &str, names: &TeacherNames) -> Vec<Mistake> {
    let mut seen = BTreeSet::new();
    let again = names.written().into_iter().filter(|(_, stage)| !seen.insert(stage.to_owned()));
    let mistake = |(rest, stage): (String, &str)| {
        let help = vec![format!("a table says how much each counts: `{{ {stage} = 2.0, … }}`")];
        Mistake::value(&format!("{at}{rest}"), format!("`{}` is named twice", excerpt(stage)), help)
    };
    again.map(mistake).collect()
}

/// Terms that look at a teacher that the training does not have, or into one that they do not name. The stages
/// `together` have a weight.
fn terms(path: &str, settings: &Settings, names: &TeacherNames, together: Vec<&str>) -> Vec<Mistake> {
    let loss = settings.loss.clone().unwrap_or_default().active();
    let known: Vec<&str> = names.weights().into_keys().collect();
    let inside = loss.looks_inside();
    let needing = loss.need_teacher().into_iter().zip(loss.own_teachers());
    let mistake = |(term, own): (&str, Option<&str>)| match own {
        Some(own) if !known.contains(&own) => {
            let message = format!("`{}` is no teacher of this training", excerpt(own));
            let help = known_names(own, &known, "teachers");
            Some(Mistake::value(&format!("{path}.loss.{term}.teacher"), message, help))
        }
        None if inside.contains(&term) && together.len() > 1 => {
            let message = format!("`{term}` looks into one network, and there are several teachers");
            let help = format!("say whose: `{path}.loss.{term}.teacher = \"…\"`, one of {}", listed(&known));
            Some(Mistake::value(&format!("{path}.loss.{term}"), message, vec![help]))
        }
        Some(_) | None => None,
    };
    needing.filter_map(mistake).collect()
}
