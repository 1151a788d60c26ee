//! The protocol of one stage in sentences: what it trains or prunes, and how.

use super::markdown::{code, plain};
use super::written::{has_mark, shown, training, written};
use crate::format::grouped;
use crate::prune::{Granularity, MaskControl, Normalizer, Reduction};
use crate::results::{Record, StageFacts, Taught};
use crate::train::{Keep, OptimizerState, RecoveryWeights};
use serde_json::{Value, json};

/// What `stage` does.
pub(super) fn stage(record: &Record, stage: &StageFacts) -> String {
    let name = plain(&stage.name);
    if stage.swept.contains("from") || stage.from.is_some() {
        return format!("**Stage {name}** {}", pruning(record, stage));
    }
    let training = training(stage).map(|it| of_training(record, &it, 0)).unwrap_or_default();
    let taught = format!("{}{}", teaching(record, stage), peers(stage));
    format!("**Stage {name}** trains from initial weights{taught}: {training}.")
}

fn pruning(record: &Record, stage: &StageFacts) -> String {
    let is_swept = |fact: &str| stage.swept.contains(fact);
    let from = stage.from.as_ref().map(|from| plain(from)).unwrap_or_default();
    let from = if is_swept("from") { "that the axes set".to_owned() } else { from };
    let rounds = match stage.rounds {
        _ if is_swept("rounds") => "a number of rounds that the axes set".to_owned(),
        1 => "one round".to_owned(),
        rounds => format!("{rounds} rounds"),
    };
    let of = |key: &str| written(record, &stage.name, &format!("prune.{key}"));
    let scoring = [
        ("granularity", json!(Granularity::default())),
        ("reduction", json!(Reduction::default())),
        ("normalization", json!(Normalizer::default())),
    ];
    let scoring = scoring.map(|(key, default)| match of(key) {
        Value::Null => String::new(),
        value if value == default => String::new(),
        value => format!(", {key} {}", shown(&value)),
    });
    let or = |value: Value, default: &str| match value {
        Value::Null => default.to_owned(),
        value => shown(&value),
    };
    format!(
        "prunes the network of stage {from} in {rounds}: importance {}{}, schedule {}, allocation {}, target {}{}. \
         {}{}{}",
        shown(&of("importance")),
        scoring.concat(),
        or(of("schedule"), "`one-shot`"),
        or(of("allocation"), "`global`"),
        or(of("target"), "set by the schedule, the allocation or the granularity"),
        match of("masks") {
            Value::Null => String::new(),
            masks if masks == json!(MaskControl::default()) => String::new(),
            masks => format!(", masks {}", shown(&masks)),
        },
        layers(stage),
        searching(&of("target"), &of("schedule")),
        recovery(record, stage)
    )
}

/// How it is found out how far it goes, where the run alone says so.
fn searching(target: &Value, schedule: &Value) -> &'static str {
    let is_search = ["loss-rise", "accuracy-drop"].into_iter().any(|name| target.get(name).is_some());
    let ends_early = schedule["geometric"].get("until").is_some_and(|until| !until.is_null());
    if is_search {
        return "Sparsities are tried by bisection, each pruned and recovered on its own, and the smallest network that \
                is good enough on the validation split is the result. ";
    }
    if ends_early {
        return "Rounds go on while the network is good enough on the validation split, and the last that was is the \
                result. ";
    }
    ""
}

/// The layers that it prunes, where these are not all.
fn layers(stage: &StageFacts) -> String {
    match &stage.layers {
        _ if stage.swept.contains("layers") => {
            "Which layers it prunes is swept (see axes), and what is asked is a share of their weights. "
                .to_owned()
        }
        None => String::new(),
        Some(layers) => {
            let layers: Vec<String> = layers.iter().map(|layer| code(layer)).collect();
            format!("It prunes {} alone, and what is asked is a share of their weights. ", layers.join(", "))
        }
    }
}

/// What follows each round.
fn recovery(record: &Record, stage: &StageFacts) -> String {
    let is_swept = |fact: &str| stage.swept.contains(fact);
    let after = if stage.rounds == 1 && !is_swept("rounds") { "Afterwards" } else { "After each round" };
    let taught = teaching(record, stage);
    let how = match (training(stage), stage.rewind, stage.lr_rewind) {
        (None, _, _) => "No training follows.".to_owned(),
        (Some(recovery), _, _) if recovery["steps"] == json!(0) && recovery.get("recalibrate").is_some() => {
            let batches = shown(&recovery["recalibrate"]);
            format!(
                "{after} nothing is trained, but the running statistics of batch norm are computed anew: {batches}."
            )
        }
        (Some(recovery), None, None) => {
            format!("{after} it is trained again{taught}: {}.", of_training(record, &recovery, 0))
        }
        (Some(recovery), None, Some(step)) => format!(
            "{after} the learning rate goes back to that of step {step} of the first training, and the pruned weights \
             train {}{taught}: {}.",
            end(&recovery),
            of_training(record, &recovery, step)
        ),
        (Some(recovery), Some(step), _) => format!(
            "{after} {}, and train on {}{taught}: {}{}.",
            match recovery["weights"] == json!(RecoveryWeights::Reinitialized) {
                true => format!(
                    "the weights are drawn anew in place of those after step {step} of the first training"
                ),
                false => format!("the weights go back to those after step {step} of the first training"),
            },
            end(&recovery),
            of_training(record, &recovery, step),
            optimizer_state(&written(record, &stage.name, "prune.recover.optimizer-state"))
        ),
    };
    let how = format!("{how}{}", regrowing(&written(record, &stage.name, "prune.recover.regrow")));
    if ["training", "rewind", "lr-rewind"].into_iter().any(is_swept) {
        return format!("What follows is swept (see axes). In the first trial: {how}");
    }
    how
}

/// Up to which step a rewound training goes, counted from that of the first training.
fn end(training: &Value) -> String {
    match training["steps"].as_u64() {
        Some(steps) => format!("to step {}", grouped(steps)),
        None => "to a step that the axes set".to_owned(),
    }
}

/// `, taught by stage dense`, where a term of the loss looks at what it says.
fn teaching(record: &Record, stage: &StageFacts) -> String {
    let differs = |fact: &str| fact == "teacher" || fact.split('.').next() == Some("teaching");
    let teacher = match (&stage.teacher, &stage.teaching) {
        _ if stage.swept.iter().any(|fact| differs(fact)) => several_ways(record, stage),
        (Some(teacher), _) => format!("stage {}", plain(teacher)),
        (None, Some(teaching)) => teaching.described(plain),
        (None, None) => return String::new(),
    };
    match stage.taught {
        Taught::Never => String::new(),
        Taught::Sometimes => format!(", taught by {teacher} where the loss has a term that looks at it"),
        Taught::Always => format!(", taught by {teacher}"),
    }
}

/// Who teaches a stage of which trials are taught differently: by other stages, or by the same ones, of which a loss that
/// is swept looks at some, or an ensemble that is swept makes one thing.
fn several_ways(record: &Record, stage: &StageFacts) -> String {
    let of = if stage.from.is_some() { "prune.recover" } else { "train" };
    let names = written(record, &stage.name, &format!("{of}.teacher"));
    if names.is_null() || has_mark(&names) {
        return "stages that the axes set".to_owned();
    }
    let ensemble = written(record, &stage.name, &format!("{of}.ensemble"));
    let together = if has_mark(&ensemble) { ", together as the axes set" } else { "" };
    let stages = match &names {
        Value::Object(weights) => {
            let weighted = weights.iter().map(|(name, weight)| format!("{} (weight {weight})", plain(name)));
            weighted.collect::<Vec<_>>()
        }
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(plain).collect(),
        name => name.as_str().map(plain).into_iter().collect(),
    };
    format!("those of stages {} that its loss looks at{together}", stages.join(", "))
}

/// `, teaching and taught by its peers mlp(hidden=[8]) that train beside it`, where there are any.
fn peers(stage: &StageFacts) -> String {
    if stage.swept.contains("peers") {
        return ", teaching and taught by peers that the axes set and that train beside it".to_owned();
    }
    if stage.peers.is_empty() {
        return String::new();
    }
    let peers: Vec<String> = stage.peers.iter().map(|peer| code(peer)).collect();
    format!(", teaching and taught by its peers {} that train beside it", peers.join(", "))
}

/// A resolved training from step `start` on: `1,080 steps of 64 images with adam(…), …`; with `init` and `keep`
/// where they are not the default.
fn of_training(record: &Record, training: &Value, start: u64) -> String {
    let from_start = |key: &str| training[key].as_u64().map(|steps| steps.saturating_sub(start));
    let steps = match from_start("steps") {
        Some(steps) => format!("{} steps", grouped(steps)),
        None => "a number of steps that the axes set,".to_owned(),
    };
    let batch = match training["batch"].as_u64() {
        Some(batch) => batch.to_string(),
        None => "a number that the axes set of".to_owned(),
    };
    let warmup = match from_start("warmup") {
        Some(0) => String::new(),
        Some(steps) => format!(", {steps} steps of warm-up"),
        None => ", warm-up swept (see axes)".to_owned(),
    };
    let init = match &training["init"] {
        Value::Null => String::new(),
        init => format!(", initial weights {}", shown(init)),
    };
    let penalty = match &training["penalty"] {
        Value::Null => String::new(),
        penalty => format!(", penalty {}", shown(penalty)),
    };
    // Without a validation split there is nothing to keep but the last network.
    let has_choice = record.data.iter().any(|data| data.validation > 0);
    let keep = match &training["keep"] {
        keep if has_choice && *keep != json!(Keep::default()) => format!(", keep {}", shown(keep)),
        _ => String::new(),
    };
    let others = [
        ("weights", "weights"),
        ("budget", "lengthened where the network has got smaller, by"),
        ("samples-per-class", "training images of each class"),
        ("recalibrate", "batch norm recalibrated"),
    ];
    let others = others.map(|(key, name)| match &training[key] {
        Value::Null => String::new(),
        value => format!(", {name} {}", shown(value)),
    });
    let others = others.concat();
    format!(
        "{steps} of {batch} images with {}, learning-rate schedule {}{warmup}, loss {}{penalty}{init}{keep}{others}",
        shown(&training["optimizer"]),
        shown(&training["lr-schedule"]),
        shown(&training["loss"])
    )
}

/// How kept weights move in a recovery.
fn regrowing(written: &Value) -> String {
    match written {
        Value::Null => String::new(),
        regrow => format!(" Meanwhile its masks change by {}.", shown(regrow)),
    }
}

/// What becomes of the optimizer's state in a rewinding, where it is not the default.
fn optimizer_state(written: &Value) -> String {
    match written {
        Value::Null => String::new(),
        state if *state == json!(OptimizerState::default()) => String::new(),
        state => format!(", optimizer state {}", shown(state)),
    }
}

#[cfg(test)]
mod tests;
