//! Allocations, targets, controls and recoveries, as a user runs them.

use crate::reading::{assert_says, report, results, table};
use crate::support::{Bench, tables};
use niwaki::results::Record;
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

const BASE: &str = r#"
title = "A case"
[data]
source.synthetic = { train = 120, test = 40, classes = 4 }
validation = 0.25
[stage.dense.train]
model.mlp = { hidden = [20, 10] }
epochs = 2
batch = 10
"#;

/// The last row of each stage.
fn last(rows: &DataFrame) -> BTreeMap<String, usize> {
    let stages = rows.column("stage").unwrap().str().unwrap();
    (0..rows.height()).map(|row| (stages.get(row).unwrap().to_owned(), row)).collect()
}

fn whole(rows: &DataFrame, column: &str, row: usize) -> u64 {
    rows.column(column).unwrap().i64().unwrap().get(row).unwrap() as u64
}

fn real(rows: &DataFrame, column: &str, row: usize) -> Option<f64> {
    rows.column(column).unwrap().f64().unwrap().get(row)
}

fn text(rows: &DataFrame, column: &str, row: usize) -> Option<String> {
    rows.column(column).unwrap().str().unwrap().get(row).map(str::to_owned)
}

/// Nonzero weights of the layers of each stage, of one round and seed.
fn layers(bench: &Bench) -> BTreeMap<String, Vec<u64>> {
    let layers = tables(&bench.results()).layers;
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for row in 0..layers.height() {
        let stage = text(&layers, "stage", row).unwrap();
        found.entry(stage).or_default().push(whole(&layers, "nonzero", row));
    }
    found
}

/// A stage that prunes `dense` by magnitude.
fn stage(name: &str, more: &str) -> String {
    format!("[stage.{name}.prune]\nfrom = \"dense\"\nimportance = \"magnitude\"\n{more}\n")
}

// fc1 has 64 · 20 weights, fc2 20 · 10 and fc3 10 · 4: 1,520, of which 0.85 are 1,292 and 228 are left. All weights of
// all layers take part in one multiply-accumulate, so MACs are weights; 34 more parameters are biases.
#[test]
fn every_allocation_meets_its_target_exactly() {
    let sparsity = "target.sparsity = 0.85";
    let of = |rule: &str| stage(rule, &format!("allocation = \"{rule}\"\n{sparsity}"));
    let half = "allocation = \"uniform-plus\"\nlayers.exclude = [\"fc1\"]\ntarget.sparsity = 0.5";
    let stages =
        [of("global"), of("uniform"), of("erk"), of("lamp"), of("sensitivity-scan"), stage("plus", half)]
            .concat();
    let bench = results(&format!("{BASE}{stages}"));
    let kept = layers(&bench);
    for rule in ["global", "uniform", "erk", "lamp", "sensitivity-scan"] {
        assert_eq!(kept[rule].iter().sum::<u64>(), 228, "{rule}: {:?}", kept[rule]);
    }
    assert_eq!(kept["uniform"], [192, 30, 6]);
    // Sides add up to 84, 30 and 14, and 228 / 128 of them are 149.6, 53.4 and 24.9.
    assert_eq!(kept["erk"], [150, 53, 25]);
    // The first layer of the stage is not the first of the network, so it loses as much as the last: half.
    assert_eq!(kept["plus"], [1280, 100, 20]);
    let rows = tables(&bench.results()).measurements;
    let row = last(&rows)["erk"];
    assert_eq!(
        (text(&rows, "target", row), real(&rows, "requested", row)),
        (Some("sparsity".into()), Some(0.85))
    );
    assert_eq!(real(&rows, "sparsity", row), Some(1.0 - 228.0 / 1520.0));
}

#[test]
fn budgets_are_met_by_less_than_one_weight_and_recorded_as_they_were_asked() {
    let macs = stage("macs", "target.macs = 0.3\nschedule.linear.rounds = 2");
    let parameters =
        "[stage.parameters.prune]\nfrom = \"macs\"\nimportance = \"random\"\ntarget.parameters = 0.1\n";
    let after = "[stage.after.prune]\nfrom = \"macs\"\nimportance = \"magnitude\"\nschedule.linear.rounds = 2\ntarget.sparsity = 0.9\n";
    let threshold = stage("threshold", "target.threshold = 0.2");
    let bench = results(&format!("{BASE}{macs}{parameters}{after}{threshold}"));
    let rows = tables(&bench.results()).measurements;
    let last = last(&rows);
    let asked = |row: usize| (text(&rows, "target", row).unwrap(), real(&rows, "requested", row));
    let row = last["macs"];
    // Half of the way from 1,520 to 456 is 988.
    assert_eq!((whole(&rows, "macs_nonzero", row - 1), asked(row - 1)), (988, ("macs".into(), Some(0.65))));
    assert_eq!((whole(&rows, "macs_nonzero", row), asked(row)), (456, ("macs".into(), Some(0.3))));
    // Of 1,554 parameters a tenth are 155, of which 34 are biases.
    let row = last["parameters"];
    assert_eq!((whole(&rows, "nonzero", row), asked(row)), (121, ("parameters".into(), Some(0.1))));
    // From 456 weights to 152 in two rounds: 304 are left in between. How sparse that is was not known before.
    let row = last["after"];
    assert_eq!((whole(&rows, "nonzero", row - 1), asked(row - 1)), (304, ("sparsity".into(), None)));
    assert_eq!((whole(&rows, "nonzero", row), asked(row)), (152, ("sparsity".into(), Some(0.9))));
    assert_eq!(asked(last["threshold"]), ("threshold".into(), Some(0.2)));
    let cells = table(&bench, "macs");
    assert!(cells[1].contains(&"30.00 % left".to_owned()), "{cells:?}");
    assert!(table(&bench, "threshold")[0].contains(&"≥ 0.2".to_owned()));
}

/// The second of two stages goes on from what the first left, by equal parts or shares, and ends where it says.
#[test]
fn rounds_of_a_later_stage_start_from_what_is_left() {
    let first = stage("first", "target.sparsity = 0.5");
    let second = |name: &str, schedule: &str| {
        format!(
            "[stage.{name}.prune]\nfrom = \"first\"\nimportance = \"magnitude\"\n\
             schedule.{schedule}.rounds = 2\ntarget.sparsity = 0.875\n"
        )
    };
    let bench =
        results(&format!("{BASE}{first}{}{}", second("linear", "linear"), second("geometric", "geometric")));
    let rows = tables(&bench.results()).measurements;
    let last = last(&rows);
    let left = |name: &str| [last[name] - 1, last[name]].map(|row| whole(&rows, "nonzero", row));
    // 760 are left of 1,520, and 190 shall be: in between 475, or 380.
    assert_eq!((left("linear"), left("geometric")), ([475, 190], [380, 190]));
    let asked = |name: &str| real(&rows, "requested", last[name] - 1).unwrap();
    assert!((asked("linear") - 0.6875).abs() < 1e-12 && (asked("geometric") - 0.75).abs() < 1e-12);
}

#[test]
fn controls_keep_the_counts_of_the_layers_and_nothing_else() {
    let masks = ["scored", "shuffled", "inverted"];
    let of = |masks: &str| stage(masks, &format!("masks = \"{masks}\"\ntarget.sparsity = 0.8"));
    let bench = results(&format!("{BASE}{}", masks.map(of).concat()));
    let kept = layers(&bench);
    assert_eq!(kept["scored"].iter().sum::<u64>(), 304);
    assert_eq!((&kept["shuffled"], &kept["inverted"]), (&kept["scored"], &kept["scored"]));
    let rows = tables(&bench.results()).measurements;
    let losses: Vec<_> = masks.map(|name| real(&rows, "loss", last(&rows)[name]).unwrap()).into();
    assert!(losses.windows(2).all(|pair| pair[0] != pair[1]), "{losses:?}");
    assert_says(&report(&bench), &["masks `shuffled`", "masks `inverted`"]);
}

#[test]
fn what_a_layer_loses_whole_is_named() {
    let bench = results(&format!("{BASE}{}", stage("emptied", "allocation.layers = { fc3 = 0.99 }")));
    assert_eq!(layers(&bench)["emptied"], [1280, 200, 0]);
    let record = Record::read(&bench.results()).unwrap().unwrap();
    assert!(
        record.warnings.iter().any(|warning| warning.contains("left nothing of fc3")),
        "{:?}",
        record.warnings
    );
}

// 10 images of each of 4 classes are 40: 4 steps an epoch of 10 in place of 9.
#[test]
fn recoveries_train_on_few_images_or_from_new_weights_or_not_at_all() {
    let of =
        |name: &str, recover: &str| stage(name, &format!("target.sparsity = 0.5\nrecover = {{ {recover} }}"));
    let stages = [
        of("few", "epochs = 2, samples-per-class = 10"),
        of("kept", "rewind = \"0it\""),
        of("drawn", "rewind = \"0it\", weights = \"reinitialized\""),
    ];
    let bench = results(&format!("{BASE}{}", stages.concat()));
    let rows = tables(&bench.results()).measurements;
    let last = last(&rows);
    let steps = ["few", "kept", "drawn"].map(|name| whole(&rows, "steps", last[name]));
    assert_eq!(steps, [8, 18, 18]);
    let losses = ["kept", "drawn"].map(|name| real(&rows, "loss", last[name]).unwrap());
    assert_ne!(losses[0], losses[1]);
    let kept = layers(&bench);
    assert_eq!(kept["kept"], kept["drawn"]);
}

#[test]
fn statistics_of_batch_norm_are_computed_anew_alone_or_after_a_training() {
    let base = BASE.replace("model.mlp = { hidden = [20, 10] }", "model.resnet = { depth = 8 }");
    let of = |name: &str, recover: &str| stage(name, &format!("target.sparsity = 0.9\n{recover}"));
    let stages = [
        of("none", ""),
        of("alone", "recover.recalibrate = { batches = 5 }"),
        of("trained", "recover = { epochs = 1 }"),
        of("after", "recover = { epochs = 1, recalibrate = { batches = 5 } }"),
    ];
    let bench = results(&format!("{base}{}", stages.concat()));
    let rows = tables(&bench.results()).measurements;
    let last = last(&rows);
    let steps = ["none", "alone", "trained", "after"].map(|name| whole(&rows, "steps", last[name]));
    assert_eq!(steps, [0, 0, 9, 9]);
    let loss = |name: &str| real(&rows, "loss", last[name]).unwrap();
    assert_ne!(loss("none"), loss("alone"));
    assert_ne!(loss("trained"), loss("after"));
    assert_eq!(real(&rows, "accuracy", last["alone"]), real(&rows, "accuracy_last", last["alone"]));
    assert_says(
        &report(&bench),
        &["nothing is trained, but the running statistics", "batch norm recalibrated `batches=5`"],
    );
}

/// The rows of the table `scan` of one stage and round: layer, sparsity asked for, kept weights.
fn scanned(scan: &DataFrame, stage: &str, round: u64) -> Vec<(String, f64, u64)> {
    let rows = (0..scan.height()).filter(|&row| {
        text(scan, "stage", row).as_deref() == Some(stage) && whole(scan, "round", row) == round
    });
    let row = |row| {
        (
            text(scan, "layer", row).unwrap(),
            real(scan, "requested", row).unwrap(),
            whole(scan, "nonzero", row),
        )
    };
    rows.map(row).collect()
}

#[test]
fn a_scan_is_kept_in_a_table_and_drawn() {
    let scan = "allocation.sensitivity-scan.sparsities = [0.5, 0.9]\nmasks = \"shuffled\"";
    let stages = [
        stage("once", &format!("{scan}\ntarget.sparsity = 0.85")),
        stage(
            "rounds",
            &format!("{scan}\nschedule.linear.rounds = 2\ntarget.sparsity = 0.8\nrecover.epochs = 1"),
        ),
        stage(
            "blocks",
            "granularity.block = [2, 2]\nallocation.sensitivity-scan = {}\ntarget.sparsity = 0.5",
        ),
        stage("passes", "allocation.sensitivity-scan.sparsities = [0.6]\ntarget.sparsity = 0.4")
            .replace("\"magnitude\"", "{ synflow = { passes = 5 } }"),
    ];
    let experiment = format!("{BASE}{}[sweep]\nseed = [0, 1]\n", stages.concat());
    let bench = results(&experiment);
    let tables = tables(&bench.results());
    let scan = tables.scan.as_ref().unwrap();
    let of = |rows: Vec<(String, f64, u64)>| {
        // Of both seeds, the same counts.
        let (one, other) = rows.split_at(rows.len() / 2);
        assert_eq!(one, other);
        one.to_vec()
    };
    let rows = |points: &[(&str, f64, u64)]| -> Vec<(String, f64, u64)> {
        points.iter().map(|&(layer, share, kept)| (layer.to_owned(), share, kept)).collect()
    };
    let full = [
        ("fc1", 0.0, 1280),
        ("fc1", 0.5, 640),
        ("fc1", 0.9, 128),
        ("fc2", 0.0, 200),
        ("fc2", 0.5, 100),
        ("fc2", 0.9, 20),
        ("fc3", 0.0, 40),
        ("fc3", 0.5, 20),
        ("fc3", 0.9, 4),
    ];
    assert_eq!(of(scanned(scan, "once", 1)), rows(&full));
    assert_eq!(of(scanned(scan, "rounds", 1)), rows(&full));
    let later = scanned(scan, "rounds", 2);
    assert!(later.iter().all(|(_, share, _)| [0.0, 0.5, 0.9].contains(share)));
    let now: u64 = later.iter().filter(|(_, share, _)| *share == 0.0).map(|(_, _, kept)| kept).sum();
    // Both seeds go on from what the first round left, 60 % of 1,520.
    assert_eq!(now, 2 * 912);
    let last = last(&tables.measurements);
    for (name, expected) in [("once", 228), ("rounds", 304), ("passes", 912)] {
        assert_eq!(whole(&tables.measurements, "nonzero", last[name]), expected, "{name}");
    }
    assert_says(
        &report(&bench),
        &[
            "![Sensitivity of the layers: stage once — synthetic; ",
            "`classes.parquet`, `scan.parquet`, `scan.csv`",
        ],
    );
    // The same again, without anything stored.
    let [table, other] = [&bench, &results(&experiment)].map(|bench| {
        assert!(bench.results().join("scan.csv").is_file());
        std::fs::read(bench.results().join("scan.parquet")).unwrap()
    });
    assert_eq!(table, other);
}

// Of 1,520 multiply-accumulates at most half are left of the small networks, so their 9 steps become 18 or more.
#[test]
fn a_small_network_trains_until_it_has_spent_the_macs_of_the_large_one() {
    let of = |name: &str, recover: &str| {
        let channels = "granularity = \"channel\"\ntarget.macs = 0.5";
        stage(name, &format!("{channels}\nrecover = {{ {recover} }}"))
    };
    let stages = [
        of("steps", "epochs = 1"),
        of("macs", "epochs = 1, budget = \"equal-macs\""),
        of("scratch", "rewind = \"0it\", weights = \"reinitialized\", budget = \"equal-macs\""),
    ];
    let bench = results(&format!("{BASE}{}", stages.concat()));
    let rows = tables(&bench.results()).measurements;
    let last = last(&rows);
    let of = |name: &str| [whole(&rows, "steps", last[name]), whole(&rows, "macs", last[name])];
    let [_, macs] = of("steps");
    assert!((380..=760).contains(&macs), "{macs}");
    let spent = |steps: u64| (steps as f64 * 1520.0 / macs as f64).round() as u64;
    assert_eq!([of("steps"), of("macs"), of("scratch")], [[9, macs], [spent(9), macs], [spent(18), macs]]);
    assert_says(&report(&bench), &["lengthened where the network has got smaller, by `equal-macs`"]);
}
