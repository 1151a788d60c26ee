//! Trainings: lengths, losses, teachers.

use super::chain::Chain;
use super::{
    Sections, durations, masking, networks, optimizers, peers, penalties, recoveries, retraining, schedules,
    taps, teachers,
};
use crate::spec::Stage;
use crate::spec::check::Mistake;
use crate::train::Settings;

pub(super) fn mistakes(sections: &Sections) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (name, stage) in sections.stages() {
        match stage {
            Stage::Train(train) => {
                let path = format!("stage.{name}.train");
                let settings = train.settings();
                if settings.length().is_none() {
                    let help = vec!["say `epochs = …` or `steps = …`".to_owned()];
                    mistakes.push(Mistake::key(&path, "it does not say how long to train", help));
                }
                mistakes.extend(networks::mistake(sections, &path, train));
                let images = sections.training_images();
                mistakes.extend(durations::mistakes(images, &path, &settings, &settings));
                mistakes.extend(schedules::mistakes(images, &path, &settings, &settings));
                mistakes.extend(optimizers::mistake(&path, train.optimizer.as_ref()));
                mistakes.extend(loss(&path, &settings, &settings));
                let untaught = untaught(&path, &settings, Vec::new());
                mistakes.extend(untaught.filter(|_| train.peers.is_none()));
                mistakes.extend(teachers::mistakes(&path, &settings));
                mistakes.extend(peers::mistakes(sections, &path, train));
                mistakes.extend(taps::mistakes(sections, &path, &settings, train));
                mistakes.extend(penalties::mistakes(sections, &path, train.penalty.as_ref(), Some(train)));
            }
            Stage::Prune(prune) => {
                mistakes.extend(masking::mistakes(&format!("stage.{name}.prune"), prune));
                mistakes.extend(taps::importance(sections, &format!("stage.{name}.prune"), prune));
                mistakes.extend(peers::gone(sections, &format!("stage.{name}.prune"), prune));
                let Some(recover) = &prune.recover else { continue };
                let path = format!("stage.{name}.prune.recover");
                mistakes.extend(retraining::mistakes(&path, recover));
                let chain = Chain::to(sections, prune);
                let train = chain.as_ref().map(|chain| chain.train);
                mistakes.extend(penalties::mistakes(sections, &path, recover.penalty.as_ref(), train));
                if let Some(chain) = chain {
                    let (images, classes) = (sections.training_images(), sections.classes().unwrap_or(0));
                    let (settings, start, error) = chain.recovery(images.unwrap_or(0), classes);
                    let few = images.map(|images| recover.images(images, classes));
                    mistakes.extend(recoveries::mistakes(sections, &path, &chain, recover));
                    let stage = format!("stage.{name}.prune");
                    // Where nothing trains, the importance may look at the loss still.
                    if recover.trains() || prune.importance.needs().loss() {
                        mistakes.extend(loss(&path, &recover.settings(), &settings));
                        let gone = chain.train.peers.is_some() && recover.loss.is_none();
                        let help = gone.then(|| {
                            format!("or name a loss of its own, since its peers are gone: `{path}.loss.cross-entropy = 1.0`")
                        });
                        mistakes.extend(untaught(&path, &settings, help.into_iter().collect()));
                        let looked_at = match recover.trains() {
                            true => settings.clone(),
                            false => settings.of_logits(),
                        };
                        mistakes.extend(teachers::mistakes(&path, &looked_at));
                    }
                    if recover.trains() {
                        mistakes.extend(masking::beyond(few, &stage, prune, &settings, start));
                        mistakes.extend(taps::mistakes(sections, &path, &settings, chain.train));
                        mistakes.extend(durations::mistakes(few, &path, &recover.settings(), &settings));
                        mistakes.extend(schedules::mistakes(few, &path, &recover.settings(), &settings));
                    } else {
                        mistakes.extend(recoveries::without_effect(&path, prune, recover, &settings));
                    }
                    // Without images, or a length, steps cannot be counted.
                    let is_counted = images.is_some() && chain.train.settings().length().is_some();
                    mistakes
                        .extend(error.filter(|_| is_counted).map(|error| retraining::unfit(&path, &error)));
                }
                mistakes.extend(optimizers::mistake(&path, recover.optimizer.as_ref()));
            }
        }
    }
    mistakes
}

/// What is wrong with the loss of a training with `settings`, of which it says `own` itself.
fn loss(path: &str, own: &Settings, settings: &Settings) -> Option<Mistake> {
    let named = settings.loss.clone().unwrap_or_default();
    let loss = named.clone().active();
    let at = format!("{path}.loss");
    let nothing = |message: &str, help: &str| Some(Mistake::value(&at, message, vec![help.to_owned()]));
    if named.names().is_empty() {
        return nothing("the loss has no terms", "name a term: `loss.cross-entropy = 1.0`");
    }
    if loss.names().is_empty() && own.loss.is_none() {
        let message = "the loss that it takes over has come to the weight 0 in every term";
        return nothing(message, "name its own: `loss.cross-entropy = 1.0`");
    }
    if loss.names().is_empty() {
        return nothing("every term of the loss has the weight 0", "give a term a weight above 0");
    }
    let parts = [
        loss.decoupled.as_ref().map(|term| ("decoupled", "`alpha` and `beta`", term.alpha + term.beta)),
        loss.dist.as_ref().map(|term| ("dist", "`beta` and `gamma`", term.beta + term.gamma)),
        loss.relations
            .as_ref()
            .map(|term| ("relations", "`distance` and `angle`", term.distance + term.angle)),
    ];
    if let Some((term, both, _)) = parts.into_iter().flatten().find(|(.., sum)| *sum == 0.0) {
        let help = vec!["give one of them a value above 0, or leave the term out".to_owned()];
        return Some(Mistake::value(&format!("{at}.{term}"), format!("it is zero: {both} both are"), help));
    }
    None
}

/// A term that needs a teacher in a training with `settings`, where there is none; `other` is what else helps.
fn untaught(path: &str, settings: &Settings, other: Vec<String>) -> Option<Mistake> {
    let term = peers::unanswered(settings)?;
    let message = format!("`{term}` needs a teacher, and there is none");
    let help = [vec![format!("say whose: `{path}.teacher = \"…\"` names a stage")], other].concat();
    Some(Mistake::value(&format!("{path}.loss.{term}"), message, help))
}
