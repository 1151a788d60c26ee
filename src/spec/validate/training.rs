//! Trainings: lengths, losses, teachers, networks.

use crate::data::{held_out, steps_per_epoch};
use crate::model::{Graph, ShapeError};
use crate::spec::check::Mistake;
use crate::spec::{Experiment, Prune, Stage, Train};
use crate::train::Settings;

/// A training as it will be: its settings, and whether there is a teacher.
struct Resolved {
    settings: Settings,
    teacher: Option<String>,
}

pub(super) fn mistakes(experiment: &Experiment) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if experiment.data.source.shape().image.contains(&0) {
        mistakes.push(Mistake::value("data.source", "images have no pixels", Vec::new()));
    }
    for (name, stage) in &experiment.stage {
        match stage {
            Stage::Train(train) => {
                let path = format!("stage.{name}.train");
                if train.settings().length.is_none() {
                    let help = vec!["say `epochs = …` or `steps = …`".to_owned()];
                    mistakes.push(Mistake::key(&path, "it does not say how long to train", help));
                }
                if let Err(ShapeError(message)) = graph(experiment, train) {
                    mistakes.push(Mistake::value(&format!("{path}.model"), message, Vec::new()));
                }
                let resolved = Resolved { settings: train.settings(), teacher: train.teacher.clone() };
                mistakes.extend(loss(&path, &resolved));
            }
            Stage::Prune(prune) => {
                let path = format!("stage.{name}.prune.recover");
                if prune.recover.is_some() {
                    mistakes.extend(loss(&path, &recovery(experiment, prune)));
                }
                mistakes.extend(rewind(experiment, prune, &path));
            }
        }
    }
    mistakes
}

/// The network of a `train` stage on the experiment's images.
fn graph(experiment: &Experiment, train: &Train) -> Result<Graph, ShapeError> {
    let shape = experiment.data.source.shape();
    train.model.graph(shape.image, shape.classes)
}

/// The `train` stage at the root of a chain of `prune` stages, and its network.
pub(super) fn root<'a>(experiment: &'a Experiment, prune: &Prune) -> (&'a Train, Option<Graph>) {
    match &experiment.stage[&prune.from] {
        Stage::Train(train) => (train, graph(experiment, train).ok()),
        Stage::Prune(before) => root(experiment, before),
    }
}

/// What a recovery says, over what the training that made `from` says.
fn recovery(experiment: &Experiment, prune: &Prune) -> Resolved {
    let parent = match &experiment.stage[&prune.from] {
        Stage::Train(train) => Resolved { settings: train.settings(), teacher: train.teacher.clone() },
        Stage::Prune(before) => recovery(experiment, before),
    };
    match &prune.recover {
        None => parent,
        Some(recover) => Resolved {
            settings: recover.settings().over(parent.settings),
            teacher: recover.teacher.clone().or(parent.teacher),
        },
    }
}

fn loss(path: &str, training: &Resolved) -> Option<Mistake> {
    let loss = training.settings.loss.clone().unwrap_or_default();
    let at = format!("{path}.loss");
    if loss.names().is_empty() {
        let help = vec!["name a term: `loss.cross-entropy = 1.0`".to_owned()];
        return Some(Mistake::value(&at, "the loss has no terms", help));
    }
    let term = *loss.need_teacher().first()?;
    let missing = training.teacher.is_none();
    missing.then(|| {
        let help = vec![format!("say whose: `{path}.teacher = \"…\"` names a stage")];
        Mistake::value(&format!("{at}.{term}"), format!("`{term}` needs a teacher, and there is none"), help)
    })
}

fn rewind(experiment: &Experiment, prune: &Prune, path: &str) -> Option<Mistake> {
    let rewind = prune.recover.as_ref()?.rewind?;
    let (train, _) = root(experiment, prune);
    let settings = train.settings();
    let total = experiment.data.source.shape().train;
    let images = total - held_out(total, experiment.data.validation);
    let per_epoch = steps_per_epoch(images, settings.batch.unwrap_or(Settings::BATCH));
    let (to, length) = (rewind.in_steps(per_epoch), settings.length?.in_steps(per_epoch));
    (to > length).then(|| {
        let message = format!("it rewinds to step {to} of a training of {length} steps");
        let help = vec![format!("any point from \"0it\" to \"{length}it\" is there")];
        Mistake::value(&format!("{path}.rewind"), message, help)
    })
}
