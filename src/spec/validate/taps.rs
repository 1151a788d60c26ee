//! Taps of a loss that are not there or do not match, and importances that such a loss gives nothing to look at.

use super::Sections;
use super::chain::Chain;
use super::networks::graph;
use crate::distill::{TapError, TeacherNames, Whose, connect};
use crate::model::Graph;
use crate::spec::check::Mistake;
use crate::spec::diagnostics::known_names;
use crate::spec::{Prune, Stage, Train};
use crate::train::Settings;
use std::collections::BTreeMap;

/// Taps of a training with `settings` at `path`, of the network of `train` or what is left of it.
pub(super) fn mistakes(sections: &Sections, path: &str, settings: &Settings, train: &Train) -> Vec<Mistake> {
    let loss = settings.loss.clone().unwrap_or_default().active();
    // A network that cannot be built is a mistake of the stage that trains it.
    let Some(Ok(student)) = graph(sections, train) else { return Vec::new() };
    let shares = settings.teacher.as_ref().and_then(TeacherNames::shares).unwrap_or_default();
    let of_stage = |stage: &str| Some((stage.to_owned(), network(sections, stage)?));
    let networks: BTreeMap<String, Graph> = shares.keys().filter_map(|stage| of_stage(stage)).collect();
    let together: Vec<&str> =
        shares.into_iter().filter(|(_, share)| *share > 0.0).map(|(stage, _)| stage).collect();
    // A term that does not say whose network it looks into is a mistake of its own, where there are several.
    let teacher = |own: Option<&str>| match (own, &together[..]) {
        (Some(own), _) => networks.get(own),
        (None, [only]) => networks.get(*only),
        (None, _) => None,
    };
    let images = sections.training_images().unwrap_or(0);
    let errors = connect(&loss, &student, teacher, images).err().unwrap_or_default();
    errors.into_iter().map(|error| mistake(path, error)).collect()
}

/// The network of a stage, before anything was removed from it.
fn network(sections: &Sections, stage: &str) -> Option<Graph> {
    let train = match sections.stage(stage)? {
        Stage::Train(train) => train,
        Stage::Prune(prune) => Chain::to(sections, prune)?.train,
    };
    graph(sections, train)?.ok()
}

fn mistake(path: &str, TapError { term, tap, problem }: TapError) -> Mistake {
    let at = format!("{path}.loss.{term}.taps");
    let at = if tap.is_empty() { at } else { format!("{at}.{tap}") };
    let help = match problem.unknown() {
        Some((name, known)) => {
            let mut nearest: Vec<&str> = known.iter().map(String::as_str).collect();
            nearest.sort_by_key(|known| strsim::damerau_levenshtein(name, known));
            known_names(name, &nearest, &format!("of the {}", problem.whose()))
        }
        None => problem.help().into_iter().map(str::to_owned).collect(),
    };
    let message = problem.to_string();
    match problem.whose() {
        Whose::Student => Mistake::key(&at, message, help),
        Whose::Teacher => Mistake::value(&at, message, help),
    }
}

/// An importance that takes gradients of a loss without a term of the logits, or whose terms of the logits all have the
/// weight 0 where it looks.
pub(super) fn importance(sections: &Sections, path: &str, prune: &Prune) -> Option<Mistake> {
    if !prune.importance.needs().loss() {
        return None;
    }
    let (images, classes) = (sections.training_images().unwrap_or(0), sections.classes().unwrap_or(0));
    let (settings, start, _) = Chain::to(sections, prune)?.recovery(images, classes);
    let few = prune.recover.as_ref().map_or(images, |recover| recover.images(images, classes));
    let training = settings.resolve(few, 0);
    let of_logits = training.loss.of_logits();
    let (message, help) = if training.loss.names().is_empty() {
        return None;
    } else if of_logits.names().is_empty() {
        let message = "it looks at the loss, and no term of the loss looks at the logits";
        let why = "what other terms train beside the network is not there when it is pruned";
        (message.to_owned(), [why, "add a term of the logits, as `loss.cross-entropy`"])
    } else if of_logits.at(start, training.steps).active().names().is_empty() {
        let message = format!(
            "it looks at the loss in step {start}, where what follows begins, and every term of the logits has the \
             weight 0 there"
        );
        let why = "a schedule that begins at 0 gives it nothing to look at";
        (message, [why, "give a term of the logits a weight above 0 there"])
    } else {
        return None;
    };
    let other = "or choose an importance of the weights";
    let help = vec![help[0].to_owned(), format!("{}, {other}", help[1])];
    Some(Mistake::value(&format!("{path}.importance"), message, help))
}
