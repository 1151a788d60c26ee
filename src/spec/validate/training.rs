//! Trainings: lengths, losses, teachers.

use super::chain::{Chain, Resolved};
use super::{Sections, durations, networks, optimizers};
use crate::distill::LossMix;
use crate::spec::Stage;
use crate::spec::check::Mistake;

pub(super) fn mistakes(sections: &Sections) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (name, stage) in sections.stages() {
        match stage {
            Stage::Train(train) => {
                let path = format!("stage.{name}.train");
                let settings = train.settings();
                if settings.length.is_none() {
                    let help = vec!["say `epochs = …` or `steps = …`".to_owned()];
                    mistakes.push(Mistake::key(&path, "it does not say how long to train", help));
                }
                mistakes.extend(networks::mistake(sections, &path, train));
                mistakes.extend(durations::mistakes(sections, &path, &settings, &settings));
                mistakes.extend(optimizers::mistake(&path, train.optimizer.as_ref()));
                mistakes.extend(loss(&path, &Resolved { settings, has_teacher: train.teacher.is_some() }));
            }
            Stage::Prune(prune) => {
                let Some(recover) = &prune.recover else { continue };
                let path = format!("stage.{name}.prune.recover");
                if let Some(chain) = Chain::to(sections, prune) {
                    let recovery = chain.recovery();
                    mistakes.extend(loss(&path, &recovery));
                    let own = recover.settings();
                    mistakes.extend(durations::mistakes(sections, &path, &own, &recovery.settings));
                    mistakes.extend(durations::rewind(sections, prune, &chain, &path));
                }
                mistakes.extend(optimizers::mistake(&path, recover.optimizer.as_ref()));
            }
        }
    }
    mistakes
}

fn loss(path: &str, training: &Resolved) -> Option<Mistake> {
    let loss = training.settings.loss.clone().unwrap_or_default();
    let at = format!("{path}.loss");
    let nothing = |message: &str, help: &str| Some(Mistake::value(&at, message, vec![help.to_owned()]));
    if loss.names().is_empty() {
        return nothing("the loss has no terms", "name a term: `loss.cross-entropy = 1.0`");
    }
    if is_zero(&loss) {
        return nothing("every term of the loss has the weight 0", "give a term a weight above 0");
    }
    let term = *loss.need_teacher().first()?;
    (!training.has_teacher).then(|| {
        let help = vec![format!("say whose: `{path}.teacher = \"…\"` names a stage")];
        Mistake::value(&format!("{at}.{term}"), format!("`{term}` needs a teacher, and there is none"), help)
    })
}

fn is_zero(loss: &LossMix) -> bool {
    loss.weights().iter().all(|&weight| weight == 0.0)
}
