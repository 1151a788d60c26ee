//! Trainings: lengths, losses, teachers, networks.

use super::Sections;
use super::chain::{Chain, Resolved};
use super::optimizers;
use crate::data::{Data, held_out, steps_per_epoch};
use crate::model::{Graph, GraphError};
use crate::spec::check::Mistake;
use crate::spec::{Prune, Stage, Train};
use crate::train::Settings;

pub(super) fn mistakes(sections: &Sections) -> Vec<Mistake> {
    let mut mistakes: Vec<Mistake> = sections.data.as_ref().and_then(images).into_iter().collect();
    for (name, stage) in &sections.stages {
        match stage {
            None => {}
            Some(Stage::Train(train)) => {
                let path = format!("stage.{name}.train");
                if train.settings().length.is_none() {
                    let help = vec!["say `epochs = …` or `steps = …`".to_owned()];
                    mistakes.push(Mistake::key(&path, "it does not say how long to train", help));
                }
                if let Some(Err(error)) = graph(sections, train) {
                    mistakes.push(Mistake::value(&format!("{path}.model"), error.to_string(), Vec::new()));
                }
                let resolved = Resolved { settings: train.settings(), has_teacher: train.teacher.is_some() };
                mistakes.extend(loss(&path, &resolved));
                mistakes.extend(optimizers::mistake(&path, train.optimizer.as_ref()));
            }
            Some(Stage::Prune(prune)) => {
                let Some(recover) = &prune.recover else { continue };
                let path = format!("stage.{name}.prune.recover");
                if let Some(chain) = Chain::to(sections, prune) {
                    mistakes.extend(loss(&path, &chain.recovery()));
                    mistakes.extend(rewind(sections, prune, &chain, &path));
                }
                mistakes.extend(optimizers::mistake(&path, recover.optimizer.as_ref()));
            }
        }
    }
    mistakes
}

/// Data that leaves nothing to train on.
fn images(data: &Data) -> Option<Mistake> {
    let shape = data.source.shape();
    if shape.image.contains(&0) {
        return Some(Mistake::value("data.source", "images have no pixels", Vec::new()));
    }
    let held_out = held_out(shape.train, data.validation);
    (held_out >= shape.train).then(|| {
        let message =
            format!("{held_out} of {} training images validate: none is left to train on", shape.train);
        Mistake::value(
            "data.validation",
            message,
            vec!["hold out a smaller share, or none: `validation = 0`".to_owned()],
        )
    })
}

/// The network of a `train` stage on the experiment's images; `None` while the images are not known.
pub(super) fn graph(sections: &Sections, train: &Train) -> Option<Result<Graph, GraphError>> {
    let shape = sections.data.as_ref()?.source.shape();
    let has_pixels = !shape.image.contains(&0);
    has_pixels.then(|| train.model.graph(shape.image, shape.classes))
}

fn loss(path: &str, training: &Resolved) -> Option<Mistake> {
    let loss = training.settings.loss.clone().unwrap_or_default();
    let at = format!("{path}.loss");
    if loss.names().is_empty() {
        let help = vec!["name a term: `loss.cross-entropy = 1.0`".to_owned()];
        return Some(Mistake::value(&at, "the loss has no terms", help));
    }
    let term = *loss.need_teacher().first()?;
    (!training.has_teacher).then(|| {
        let help = vec![format!("say whose: `{path}.teacher = \"…\"` names a stage")];
        Mistake::value(&format!("{at}.{term}"), format!("`{term}` needs a teacher, and there is none"), help)
    })
}

/// A point to rewind to that the original training does not reach, or that leaves nothing to train.
fn rewind(sections: &Sections, prune: &Prune, chain: &Chain<'_>, path: &str) -> Option<Mistake> {
    let rewind = prune.recover.as_ref()?.rewind?;
    let data = sections.data.as_ref()?;
    let total = data.source.shape().train;
    let images = total - held_out(total, data.validation).min(total);
    let steps = |settings: &Settings| {
        let per_epoch = steps_per_epoch(images, settings.batch.unwrap_or(Settings::BATCH));
        Some((per_epoch, settings.length?.in_steps(per_epoch)))
    };
    let (per_epoch, length) = steps(&chain.train.settings())?;
    let to = rewind.in_steps(per_epoch);
    let at = format!("{path}.rewind");
    if to > length {
        let message = format!("it rewinds to step {to} of a training of {length} steps");
        let help = vec![format!("any point from \"0it\" to \"{length}it\" is there")];
        return Some(Mistake::value(&at, message, help));
    }
    let (_, end) = steps(&chain.recovery().settings)?;
    (to >= end).then(|| {
        let message = format!("it rewinds to step {to} and trains to step {end}: nothing is left to train");
        let help = vec![
            "a rewound training ends at its own `epochs` or `steps`, counted from the very start".to_owned(),
        ];
        Mistake::value(&at, message, help)
    })
}
