//! What cannot be beside networks that train together.

use super::Sections;
use super::chain::Chain;
use super::networks::of_model;
use crate::spec::check::Mistake;
use crate::spec::{Prune, Train};
use crate::train::Settings;

/// Mistakes of the `train` stage at `path`, where networks train beside its own.
pub(super) fn mistakes(sections: &Sections, path: &str, train: &Train) -> Vec<Mistake> {
    let Some(peers) = &train.peers else { return Vec::new() };
    let at = format!("{path}.peers");
    let unbuilt = peers.models(&train.model).into_iter().enumerate().filter_map(|(number, model)| {
        // That its own cannot be built is said of that.
        let error = of_model(sections, &model).filter(|_| model != train.model)?.err()?;
        Some(Mistake::value(&format!("{at}.{number}"), error.to_string(), Vec::new()))
    });
    let mut mistakes: Vec<Mistake> = unbuilt.collect();
    if train.teacher.is_some() {
        let message = "peers teach each other, and `teacher` names others that would";
        let help = "leave one of the two out".to_owned();
        mistakes.push(Mistake::key(&format!("{path}.teacher"), message, vec![help]));
    }
    if train.ensemble.is_some() {
        let message = "all peers count the same, so `ensemble` has no effect";
        let help = "leave it out: what they say together is the mean of their softened outputs".to_owned();
        mistakes.push(Mistake::key(&format!("{path}.ensemble"), message, vec![help]));
    }
    let loss = train.settings().loss.unwrap_or_default().active();
    let inside = loss.looks_inside();
    let needing = loss.need_teacher().into_iter().zip(loss.own_teachers());
    mistakes.extend(needing.filter_map(|(term, own)| {
        if inside.contains(&term) {
            let message =
                format!("`{term}` looks into a teacher, and peers hear of each other's logits alone");
            let help = "take terms of the logits, as `loss.soft-labels`, or a `teacher`".to_owned();
            return Some(Mistake::value(&format!("{path}.loss.{term}"), message, vec![help]));
        }
        own?;
        let message = format!("`{term}` names a teacher, and it is the peers that teach");
        let help = "leave it out: a term looks at what all peers say together".to_owned();
        Some(Mistake::value(&format!("{path}.loss.{term}.teacher"), message, vec![help]))
    }));
    mistakes
}

/// A `prune` stage at `path` whose importance looks at a loss that it takes over, with terms that looked at peers: no
/// recovery says another.
pub(super) fn gone(sections: &Sections, path: &str, prune: &Prune) -> Option<Mistake> {
    let chain = Chain::to(sections, prune).filter(|chain| chain.train.peers.is_some())?;
    let looks = prune.importance.needs().loss() && prune.recover.is_none();
    let (images, classes) = (sections.training_images().unwrap_or(0), sections.classes().unwrap_or(0));
    let (settings, ..) = looks.then(|| chain.recovery(images, classes))?;
    let term = unanswered(&settings)?;
    let message = format!("it looks at the loss, of which `{term}` looked at peers, and these are gone");
    let help = vec![
        format!("say the loss that it looks at: `{path}.recover`, with a length and a `loss`"),
        "or choose an importance of the weights".to_owned(),
    ];
    Some(Mistake::value(&format!("{path}.importance"), message, help))
}

/// The first term of the loss that needs a teacher, where none is named.
pub(super) fn unanswered(settings: &Settings) -> Option<&'static str> {
    let loss = settings.loss.clone().unwrap_or_default().active();
    loss.need_teacher().first().copied().filter(|_| settings.teacher.is_none())
}
