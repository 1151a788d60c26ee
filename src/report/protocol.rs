//! The protocol in sentences: data, networks, training, pruning, seeds.

use super::markdown::{code, plain};
use crate::format::grouped;
use crate::plan::label;
use crate::results::{Measurements, Record, StageFacts};
use crate::train::{Keep, OptimizerState};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A paragraph for each of what was done.
pub(super) fn paragraphs(record: &Record, measurements: &Measurements<'_>) -> Vec<String> {
    let mut paragraphs = vec![data(record), networks(record)];
    paragraphs.extend(record.stages.iter().map(|stage| self::stage(record, stage)));
    paragraphs.push(sweep(record, measurements));
    paragraphs.push(
        "Accuracy, loss and calibration error are measured on the test split, which chooses nothing: of each \
         training, the network with the highest validation accuracy is kept (the last one where there is no \
         validation split, or where `keep` says so). Sparsity is the share of prunable weights, those of linear \
         and convolution layers, that are zero."
            .to_owned(),
    );
    paragraphs
}

fn data(record: &Record) -> String {
    let each = record.data.iter().map(|data| {
        let [channels, height, width] = data.image;
        let augment = match (data.crop, data.flip) {
            (0, false) => String::new(),
            (0, true) => "; training images are mirrored at random".to_owned(),
            (crop, flip) => {
                let flip = if flip { " and mirrored at random" } else { "" };
                format!("; training images are cropped at random after padding by {crop} pixels{flip}")
            }
        };
        format!(
            "**Data.** {}: {} classes, images of {channels}×{height}×{width}; {} train, {} validate, {} test. Images are \
             normalized by the mean and standard deviation of the training split{augment}.",
            code(&data.source), data.classes, data.train, data.validation, data.test
        )
    });
    each.collect::<Vec<_>>().join(" ")
}

fn networks(record: &Record) -> String {
    let each = record.networks.iter().map(|network| {
        format!(
            "{} in stage {}: {} parameters, {} of them prunable, {} multiply-accumulates an image",
            code(&network.model),
            plain(&network.stage),
            grouped(network.parameters),
            grouped(network.prunable),
            grouped(network.macs)
        )
    });
    format!("**Networks.** {}.", each.collect::<Vec<_>>().join("; "))
}

fn stage(record: &Record, stage: &StageFacts) -> String {
    let teacher = stage
        .teacher
        .as_ref()
        .map(|teacher| format!(", taught by stage {}", plain(teacher)))
        .unwrap_or_default();
    let Some(from) = &stage.from else {
        let training = stage.training.as_ref().map(|it| training(record, it, 0)).unwrap_or_default();
        return format!("**Stage {}** trains from initial weights{teacher}: {training}.", plain(&stage.name));
    };
    let written = &record.experiment["stage"][&stage.name]["prune"];
    let of = |key: &str, default: &str| match &written[key] {
        Value::Null => code(default),
        value => code(&label(value)),
    };
    let layers = stage.layers.as_ref().map(|layers| {
        let layers: Vec<String> = layers.iter().map(|layer| code(layer)).collect();
        format!("It prunes {} alone, and what is asked is a share of their weights. ", layers.join(", "))
    });
    let layers = layers.unwrap_or_default();
    let rounds = if stage.rounds == 1 { "one round".to_owned() } else { format!("{} rounds", stage.rounds) };
    let recovery = match (&stage.training, stage.rewind, stage.lr_rewind) {
        (None, _, _) => "No training follows.".to_owned(),
        (Some(recovery), None, None) => {
            format!("After each round it is trained again{teacher}: {}.", training(record, recovery, 0))
        }
        (Some(recovery), None, Some(step)) => format!(
            "After each round the learning rate goes back to that of step {step} of the first training, and the \
             pruned weights train to its end{teacher}: {}.",
            training(record, recovery, step)
        ),
        (Some(recovery), Some(step), _) => format!(
            "After each round the weights go back to those after step {step} of the first training, and train to its \
             end{teacher}: {}{}.",
            training(record, recovery, step),
            optimizer_state(&written["recover"])
        ),
    };
    format!(
        "**Stage {}** prunes the network of stage {} in {rounds}: importance {}, schedule {}, allocation {}, target \
         {}. {layers}{recovery}",
        plain(&stage.name),
        plain(from),
        of("importance", "set by the sweep"),
        of("schedule", "one-shot"),
        of("allocation", "global"),
        of("target", "set by the schedule, the allocation or the sweep"),
    )
}

/// A resolved training from step `start` on: `1,080 steps of 64 images with adam(…), …`; with `init` and `keep`
/// where they are not the default.
fn training(record: &Record, training: &Value, start: u64) -> String {
    let from_start = |key: &str| training[key].as_u64().unwrap_or(0).saturating_sub(start);
    let steps = grouped(from_start("steps"));
    let warmup = match from_start("warmup") {
        0 => String::new(),
        steps => format!(", {steps} steps of warm-up"),
    };
    let init = match &training["init"] {
        Value::Null => String::new(),
        init => format!(", initial weights {}", code(&label(init))),
    };
    // Without a validation split there is nothing to keep but the last network.
    let has_choice = record.data.iter().any(|data| data.validation > 0);
    let keep = &training["keep"];
    let keep = if has_choice && *keep == json!(Keep::Last) {
        format!(", keep {}", code(&label(keep)))
    } else {
        String::new()
    };
    format!(
        "{steps} steps of {} images with {}, learning-rate schedule {}{warmup}, loss {}{init}{keep}",
        training["batch"],
        code(&label(&training["optimizer"])),
        code(&label(&training["lr-schedule"])),
        code(&label(&training["loss"]))
    )
}

/// What becomes of the optimizer's state in the rewinding that `recover` writes, where it is not the default.
fn optimizer_state(recover: &Value) -> String {
    match &recover["optimizer-state"] {
        Value::Null => String::new(),
        state if *state == json!(OptimizerState::default()) => String::new(),
        state => format!(", optimizer state {}", code(&label(state))),
    }
}

fn sweep(record: &Record, measurements: &Measurements<'_>) -> String {
    let rounds = measurements
        .stages
        .iter()
        .flat_map(|stage| &stage.settings)
        .flat_map(|setting| setting.rounds.values());
    let seeds: BTreeSet<i64> = rounds.flatten().map(|row| row.seed).collect();
    let axes = record.axes.iter().map(|(key, values)| {
        let values: Vec<_> = values.iter().map(|value| code(&label(value))).collect();
        format!("{} = {}", code(key), values.join(", "))
    });
    let axes: Vec<_> = axes.collect();
    let axes =
        if axes.is_empty() { "Nothing is swept".to_owned() } else { format!("Axes: {}", axes.join("; ")) };
    let trials = if record.trials == 1 {
        "One trial".to_owned()
    } else {
        format!("{} trials", grouped(record.trials))
    };
    let seeds = match seeds.len() {
        1 => "one seed (n = 1)".to_owned(),
        seeds => format!("{seeds} seeds"),
    };
    format!(
        "**Sweep.** {trials} with {seeds}, answered by {} trainings on backend {}. {axes}. What the stages say above is \
         what the first trial has; each value of an axis takes its place in turn.",
        grouped(record.nodes),
        record.backend
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::measured;

    /// What the protocol of `text` says of stage `name`.
    fn said(text: &str, name: &str) -> String {
        let (_, record, _) = measured(text, |_, _| Some(0.5));
        let facts = record.stages.iter().find(|facts| facts.name == name).unwrap();
        stage(&record, facts)
    }

    // 80 images in batches of 10: an epoch is 8 steps.
    const TEXT: &str = r#"
        title = "A case"
        data = { source.synthetic = { train = 100, test = 20 }, validation = 0.2 }
        [stage.dense.train]
        model.mlp = { hidden = [10] }
        epochs = 3
        batch = 10
        warmup = "10it"
        init = "glorot-normal"
        keep = "last"
        [stage.ticket.prune]
        from = "dense"
        importance = "magnitude"
        target.sparsity = 0.5
        recover = { rewind = "1ep", optimizer-state = "fresh" }
        [stage.replayed.prune]
        from = "dense"
        importance = "magnitude"
        target.sparsity = 0.5
        recover = { lr-rewind = "1ep", keep = "best-validation" }
    "#;

    fn assert_says(text: &str, said: &[&str]) {
        for said in said {
            assert!(text.contains(said), "it does not say {said}:\n{text}");
        }
    }

    #[test]
    fn a_rewound_training_has_the_steps_that_it_takes() {
        let ticket = said(TEXT, "ticket");
        assert_says(&ticket, &["after step 8 of", "end: 16 steps of 10 images", ", 2 steps of warm-up"]);
        let replayed = said(TEXT, "replayed");
        assert_says(&replayed, &["that of step 16 of", "end: 8 steps of 10 images"]);
        assert!(!replayed.contains("warm-up"), "{replayed}");
    }

    #[test]
    fn what_is_not_the_default_is_named() {
        let dense = said(TEXT, "dense");
        assert_says(
            &dense,
            &["24 steps of", ", 10 steps of warm-up", ", initial weights `glorot-normal`, keep `last`."],
        );
        assert_says(&said(TEXT, "ticket"), &[", keep `last`, optimizer state `fresh`."]);
        assert!(!said(TEXT, "replayed").contains("keep"));
        let plain = TEXT.replace("init = \"glorot-normal\"", "").replace("keep = \"last\"", "");
        let plain = plain.replace("optimizer-state = \"fresh\"", "optimizer-state = \"restored\"");
        assert!(!said(&plain, "dense").contains("initial weights `"));
        assert!(!said(&plain, "ticket").contains("optimizer state"));
        // There is nothing to choose from.
        assert!(!said(&plain.replace("validation = 0.2", "validation = 0.0"), "dense").contains("keep"));
    }
}
