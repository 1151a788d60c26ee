//! What a recovery does besides training.

use super::Sections;
use super::chain::Chain;
use super::networks::graph;
use crate::model::Op;
use crate::prune::Granularity;
use crate::spec::check::Mistake;
use crate::spec::{Prune, Recover};
use crate::train::{Duration, RecoveryBudget, Settings};

/// Few-shot trainings on images that there are not, or of a training that has all, statistics of batch norm in a
/// network without it, and steps that would be more of for no reason. `chain` ends with the stage of `recover`.
pub(super) fn mistakes(
    sections: &Sections,
    path: &str,
    chain: &Chain<'_>,
    recover: &Recover,
) -> Vec<Mistake> {
    let few_shot = few_shot(sections, path, recover);
    let budget = budget(path, chain, recover);
    let recalibrate = recalibrate(sections, path, chain, recover);
    few_shot.into_iter().chain(recalibrate).chain(budget).collect()
}

/// Keys without effect in a recovery of `prune` that trains nothing, and only computes statistics anew. `settings`
/// are what it says, with all that it takes over.
pub(super) fn without_effect(
    path: &str,
    prune: &Prune,
    recover: &Recover,
    settings: &Settings,
) -> Vec<Mistake> {
    let importance = &prune.importance;
    let loss = settings.loss.clone().unwrap_or_default().active().of_logits();
    let is_taught = !loss.need_teacher().is_empty();
    let nothing = "nothing is trained here".to_owned();
    let unseen = format!("{nothing}, and `{}` does not look at the loss", importance.name());
    let untaught = format!("{nothing}, and no term of the loss needs a teacher");
    let looks = importance.needs().loss();
    let keys = [
        ("optimizer", recover.optimizer.is_some(), &nothing),
        ("lr-schedule", recover.lr_schedule.is_some(), &nothing),
        ("warmup", recover.warmup.is_some(), &nothing),
        ("penalty", recover.penalty.is_some(), &nothing),
        ("evaluate", recover.evaluate.is_some(), &nothing),
        ("keep", recover.keep.is_some(), &nothing),
        ("regrow", recover.regrow.is_some(), &nothing),
        ("loss", recover.loss.is_some() && !looks, &unseen),
        ("teacher", recover.teacher.is_some() && !looks, &unseen),
        ("teacher", recover.teacher.is_some() && looks && !is_taught, &untaught),
        ("ensemble", recover.ensemble.is_some() && !looks, &unseen),
        ("ensemble", recover.ensemble.is_some() && looks && !is_taught, &untaught),
    ];
    let said = keys.into_iter().filter(|(_, is_said, _)| *is_said);
    let mistake = |(key, _, why): (&str, bool, &String)| {
        let help = vec![
            format!("leave it out, or say how long it trains: `{path}.epochs = …`"),
            "`recalibrate` without a length computes statistics of batch norm, and no weight changes"
                .to_owned(),
        ];
        Mistake::key(&format!("{path}.{key}"), format!("{why}, so `{key}` has no effect"), help)
    };
    said.map(mistake).collect()
}

fn few_shot(sections: &Sections, path: &str, recover: &Recover) -> Option<Mistake> {
    let count = recover.samples_per_class?;
    let at = format!("{path}.samples-per-class");
    let repeats = [("rewind", recover.rewind), ("lr-rewind", recover.lr_rewind)];
    if let Some((key, _)) = repeats.into_iter().find(|(_, is_said)| is_said.is_some()) {
        let message = format!("`{key}` repeats the original training, which has all images");
        let help = vec![format!("leave one of the two out; without `{key}` it fine-tunes on few images")];
        return Some(Mistake::key(&at, message, help));
    }
    let (images, classes) = (sections.training_images()?, sections.classes()?);
    let needed = (count as usize).saturating_mul(classes);
    (needed > images).then(|| {
        let message = format!("{count} images of each of {classes} classes are {needed}, and {images} train");
        let help = vec![format!(
            "say less than {}, which is the mean of the classes (the smallest has fewer), or leave it out",
            images.div_ceil(classes.max(1))
        )];
        Mistake::value(&at, message, help)
    })
}

/// Equal multiply-accumulates, where nothing is removed, or what is trained has a length of its own.
fn budget(path: &str, chain: &Chain<'_>, recover: &Recover) -> Option<Mistake> {
    match recover.budget {
        RecoveryBudget::EqualSteps => return None,
        RecoveryBudget::EqualMacs => {}
    }
    let granularity = chain.prunes().last()?.granularity;
    let (message, help) = match granularity {
        Granularity::Weight | Granularity::Block(_) | Granularity::NOfM(_) => (
            "masked weights are computed with too, so a step takes as many multiply-accumulates as before",
            "leave it out, or remove: `granularity = \"channel\"`",
        ),
        Granularity::Channel | Granularity::Layer if !recover.trains() => (
            "nothing is trained, so there are no steps to be more of",
            "leave it out, or say how long it trains: `epochs = …`",
        ),
        Granularity::Channel | Granularity::Layer => {
            let is_later = recover.rewind.is_some_and(|point| point != Duration::default());
            let key = match (is_later, recover.lr_rewind.is_some()) {
                (true, _) => "rewind",
                (false, true) => "lr-rewind",
                (false, false) => return None,
            };
            let message = format!(
                "`{key}` repeats the end of the original training as it was, and this would stretch it"
            );
            let help = "leave one of the two out; `rewind = \"0it\"` trains all over again, for longer";
            return Some(Mistake::key(&format!("{path}.budget"), message, vec![help.to_owned()]));
        }
    };
    Some(Mistake::key(&format!("{path}.budget"), message, vec![help.to_owned()]))
}

fn recalibrate(sections: &Sections, path: &str, chain: &Chain<'_>, recover: &Recover) -> Option<Mistake> {
    recover.recalibrate?;
    let graph = graph(sections, chain.train)?.ok()?;
    let has_norm = graph.nodes().iter().any(|node| matches!(node.op, Op::BatchNorm));
    (!has_norm).then(|| {
        let help = vec!["leave it out, or take a network with batch norm: `resnet`, `vgg`".to_owned()];
        let message = "the network has no batch norm, so nothing would be computed anew";
        Mistake::key(&format!("{path}.recalibrate"), message, help)
    })
}
