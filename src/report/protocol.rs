//! The protocol in sentences: data, networks, training, pruning, seeds.

use super::markdown::{code, plain, with_code};
use super::stage_protocol::stage;
use crate::distill::loss::formula;
use crate::format::{counted, grouped};
use crate::plan::label;
use crate::results::{Measurements, NetworkFacts, Record, Tables};
use crate::run::{Effort, Machine};
use std::collections::BTreeSet;

/// A paragraph for each of what was done.
pub(super) fn paragraphs(record: &Record, tables: &Tables, measurements: &Measurements<'_>) -> Vec<String> {
    let mut paragraphs = vec![data(record), networks(record)];
    paragraphs.extend(record.stages.iter().map(|facts| stage(record, facts)));
    paragraphs.extend(losses(tables));
    paragraphs.push(sweep(record, measurements));
    paragraphs.extend(record.latency_machine.as_ref().map(latency));
    paragraphs.push(
        "Accuracy, loss and calibration error are measured on the test split, which chooses nothing: of each \
         training, the network with the highest validation accuracy is kept (the last one where there is no \
         validation split, or where `keep` says so). Sparsity is the share of prunable weights, those of linear \
         and convolution layers, that are zero or were removed."
            .to_owned(),
    );
    paragraphs
}

/// The formulas of the terms that a loss had; `None` where it was nothing but cross-entropy.
fn losses(tables: &Tables) -> Option<String> {
    let columns = tables.history.get_column_names();
    let terms: Vec<(&str, String)> =
        columns.into_iter().filter_map(|name| Some((name.as_str(), formula(name)?))).collect();
    if terms.iter().all(|(name, _)| *name == "cross-entropy") {
        return None;
    }
    let terms = terms.iter().map(|(name, formula)| format!("\n- {}: {}", code(name), with_code(formula)));
    Some(format!(
        "**Losses.** Each step minimizes the sum of the terms by their weights, on a batch of N images:\n{}",
        terms.collect::<String>()
    ))
}

/// How latencies were measured, and on what.
fn latency(machine: &Machine) -> String {
    let Machine { device, computed_by, program } = machine;
    format!(
        "**Latency.** The wall clock of a forward pass in evaluation mode of the network as it is, with what was removed \
         gone, for 1 image and for a batch of 64, the reading of its logits included: the median and the 90th percentile \
         of at least {} passes after {} that are not counted ({} of a network whose passes take longer than 0.2 s). One \
         network at a time, after all trainings, on {} thread of {} with backend {}, instructions {}, by {}. Weights that \
         are zero are skipped only where the backend has kernels for that: on `flex` in linear layers and 1×1 convolutions \
         with few enough of them left. These times are not the same each time.",
        Effort::LEAST,
        Effort::WARM_UP,
        Effort::LEAST_WHERE_SLOW,
        Machine::THREADS,
        code(device),
        code(&computed_by.backend),
        code(&computed_by.instructions),
        plain(program)
    )
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
            code(&data.source),
            grouped(data.classes as u64),
            grouped(data.train as u64),
            grouped(data.validation as u64),
            grouped(data.test as u64)
        )
    });
    each.collect::<Vec<_>>().join(" ")
}

fn networks(record: &Record) -> String {
    // A stage that prunes has the network of the one that it prunes.
    let mut networks: Vec<(&NetworkFacts, Vec<&str>)> = Vec::new();
    for facts in &record.networks {
        let like =
            |other: &NetworkFacts| *other == NetworkFacts { stage: other.stage.clone(), ..facts.clone() };
        match networks.iter_mut().find(|(other, _)| like(other)) {
            Some((_, stages)) => stages.push(&facts.stage),
            None => networks.push((facts, vec![&facts.stage])),
        }
    }
    let each = networks.into_iter().map(|(network, stages)| {
        let stages: Vec<String> = stages.into_iter().map(plain).collect();
        let stages = match stages.as_slice() {
            [stage] => format!("stage {stage}"),
            [before @ .., last] => format!("stages {} and {last}", before.join(", ")),
            [] => String::new(),
        };
        format!(
            "{} in {stages}: {} parameters, {} of them prunable, {} multiply-accumulates an image",
            code(&network.model),
            grouped(network.parameters),
            grouped(network.prunable),
            grouped(network.macs)
        )
    });
    format!("**Networks.** {}.", each.collect::<Vec<_>>().join("; "))
}

/// How many trainings there are: those that searches tried too, which are no nodes of the plan.
fn trainings(record: &Record, measurements: &Measurements<'_>) -> u64 {
    let measured = measurements.keys().map(|keys| keys.into_iter().collect::<BTreeSet<_>>().len());
    measured.map_or(record.nodes, |measured| (measured + record.networks_missing()) as u64)
}

/// What keeps a sweep from being the product of its axes.
fn not_a_product(record: &Record) -> String {
    let zips = record.sweep["zip"].as_array().map(Vec::as_slice).unwrap_or_default();
    let together = zips.iter().filter_map(|zip| {
        let is_in = |key: &str| key.split('.').try_fold(zip, |value, part| value.get(part)).is_some();
        let axes = record.axes.iter().filter(|(key, _)| is_in(key));
        let axes: Vec<_> = axes.map(|(key, _)| code(key)).collect();
        (axes.len() > 1).then(|| format!(" {} advance together.", axes.join(" and ")))
    });
    let fewer = [("exclude", " Some points are excluded."), ("sample", " Of all points a sample is drawn.")];
    let fewer = fewer.into_iter().filter(|(key, _)| !record.sweep[*key].is_null());
    together.chain(fewer.map(|(_, text)| text.to_owned())).collect()
}

fn sweep(record: &Record, measurements: &Measurements<'_>) -> String {
    let rounds = measurements
        .stages
        .iter()
        .flat_map(|stage| &stage.settings)
        .flat_map(|setting| setting.rounds.values());
    let missing = record.missing.iter().map(|missing| missing.seed as i64);
    let seeds: BTreeSet<i64> = rounds.flatten().map(|row| row.seed).chain(missing).collect();
    let axes = record.axes.iter().map(|(key, values)| {
        let named = |value| match record.labels.of(key, value) {
            Some(called) => format!("{} (“{}”)", code(&label(value)), plain(called)),
            None => code(&label(value)),
        };
        let values: Vec<_> = values.iter().map(named).collect();
        format!("{} = {}", code(key), values.join(", "))
    });
    let axes: Vec<_> = axes.collect();
    let axes = match axes.as_slice() {
        [] => "Nothing is swept.".to_owned(),
        axes => format!("Axes, each value of which takes its place in turn: {}.", axes.join("; ")),
    } + &not_a_product(record);
    let trials = counted(record.trials, "trial");
    let seeds = match seeds.len() {
        1 => "one seed (n = 1)".to_owned(),
        seeds => counted(seeds as u64, "seed"),
    };
    format!(
        "**Sweep.** {trials} with {seeds}, answered by {} on backend {}. {axes}",
        counted(trainings(record, measurements), "training"),
        record.backend
    )
}
