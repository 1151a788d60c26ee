//! The protocol in sentences: data, networks, training, pruning, seeds.

use super::markdown::{code, plain};
use crate::format::grouped;
use crate::plan::label;
use crate::results::{Measurements, Record, StageFacts};
use serde_json::Value;
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
        let training = stage.training.as_ref().map(training).unwrap_or_default();
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
            format!("After each round it is trained again{teacher}: {}.", training(recovery))
        }
        (Some(recovery), None, Some(step)) => format!(
            "After each round the learning rate goes back to that of step {step} of the first training, and the \
             pruned weights train to its end{teacher}: {}.",
            training(recovery)
        ),
        (Some(recovery), Some(step), _) => format!(
            "After each round the weights go back to those after step {step} of the first training, and train to its \
             end{teacher}: {}.",
            training(recovery)
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

/// A resolved training: `1,080 steps of 64 images with adam(…), …`.
fn training(training: &Value) -> String {
    let steps = grouped(training["steps"].as_u64().unwrap_or(0));
    let warmup = match training["warmup"].as_u64() {
        None | Some(0) => String::new(),
        Some(steps) => format!(", {steps} steps of warm-up"),
    };
    format!(
        "{steps} steps of {} images with {}, learning-rate schedule {}{warmup}, loss {}",
        training["batch"],
        code(&label(&training["optimizer"])),
        code(&label(&training["lr-schedule"])),
        code(&label(&training["loss"]))
    )
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
