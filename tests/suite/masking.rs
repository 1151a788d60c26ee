//! Masks that change while a network trains.

use crate::reading::{report, results};
use crate::support::{Bench, tables};

/// 400 images in batches of 20: an epoch has 16 steps with the validation split.
const BASE: &str = r#"
title = "A case"
[data]
source.synthetic = { train = 400, test = 100 }
validation = 0.2
[stage.init.train]
model.mlp = { hidden = [32, 16] }
epochs = 0
batch  = 20
optimizer.sgd = { lr = 0.05, momentum = 0.9 }
[stage.sparse.prune]
from = "init"
importance = "magnitude"
target.sparsity = 0.9
recover = { epochs = 4, evaluate = "1it", keep = "best-validation" }
"#;

/// The measured sparsity of the stage `sparse`, of each trial.
fn sparsities(bench: &Bench) -> Vec<f64> {
    let rows = tables(&bench.results()).measurements;
    let stages = rows.column("stage").expect("there is one").str().expect("they are words");
    let values = rows.column("sparsity").expect("there is one").f64().expect("they are numbers");
    let of_sparse = stages.iter().zip(values.iter()).filter(|(stage, _)| *stage == Some("sparse"));
    of_sparse.map(|(_, value)| value.expect("every row has one")).collect()
}

/// What 64 · 32 + 32 · 16 + 16 · 10 = 2,720 weights come to when 0.9 of them, 2,448, are gone.
const ASKED: f64 = 2448.0 / 2720.0;

// Every evaluation of a network that is still denser would have a better accuracy to choose by.
#[test]
fn a_network_that_grows_sparse_while_it_trains_is_kept_only_at_its_target() {
    let more = "schedule.cubic = { begin = \"4it\", end = \"50it\", every = \"7it\" }\n";
    for importance in ["magnitude", "movement", "taylor"] {
        let text = BASE.replace("\"magnitude\"", &format!("\"{importance}\""));
        let bench = results(&text.replace("recover =", &format!("{more}recover =")));
        assert_eq!(sparsities(&bench), [ASKED], "{importance}");
    }
}

#[test]
fn weights_that_regrow_leave_the_sparsity_as_it_is() {
    let text = BASE.replace("keep = \"best", "regrow = \"set\", keep = \"best");
    let sweep = "[sweep]\nstage.sparse.prune.recover.regrow = [\"set\", { rigl = { every = \"5it\", until = \"2ep\" } }]";
    let bench = results(&format!("{text}{sweep}"));
    assert_eq!(sparsities(&bench), [ASKED, ASKED]);
    let without = results(BASE);
    let losses = |bench: &Bench| {
        let rows = tables(&bench.results()).measurements;
        let values = rows.column("loss").expect("there is one").f64().expect("they are numbers");
        values.iter().map(|value| value.expect("every row has one")).collect::<Vec<_>>()
    };
    let (moved, still) = (losses(&bench), losses(&without));
    // The first row is that of the untrained network, which all have.
    assert_eq!(moved[0], still[0]);
    assert!(moved[1..].iter().all(|loss| *loss != still[1]), "{moved:?} {still:?}");
}

#[test]
fn the_report_says_how_masks_change() {
    let more = "schedule.cubic = { end = \"50it\" }\n";
    let bench = results(&BASE.replace("recover =", &format!("{more}recover =")));
    let said = report(&bench);
    assert!(said.contains("schedule `cubic(end=50it)`"), "{said}");
    let bench = results(&BASE.replace("keep = \"best", "regrow = \"set\", keep = \"best"));
    let said = report(&bench);
    assert!(said.contains("its masks change by `set`"), "{said}");
}

// At such a learning rate no weight moves, so equal masks leave equal networks, whichever images train.
#[test]
fn an_importance_looks_at_all_images_while_few_train() {
    let text = BASE
        .replace("\"magnitude\"", "{ wanda = { batches = 8 } }\nschedule.cubic = { end = \"2it\" }")
        .replace("recover = {", "recover = { optimizer.sgd = { lr = 1e-30 },");
    let sweep = "[sweep]\nstage.sparse.prune.recover.samples-per-class = [2, 3]";
    let bench = results(&format!("{text}{sweep}"));
    let rows = tables(&bench.results()).measurements;
    let losses = rows.column("loss").expect("there is one").f64().expect("they are numbers");
    let losses: Vec<f64> = losses.iter().map(|value| value.expect("every row has one")).collect();
    let [dense, two, again, three] = losses[..] else { panic!("{losses:?}") };
    assert_eq!((dense, two), (again, three));
    assert_ne!(dense, two);
}

// Two stages repeat the same training from the same masks: where weights regrow is drawn for each of them.
#[test]
fn a_rewound_training_draws_its_masks_for_its_own_round() {
    let losses = |regrow: &str| {
        let text = BASE.replace("epochs = 0", "epochs = 2");
        let rewound = format!("rewind = \"1ep\", regrow.{regrow} = {{ every = \"2it\", until = \"12it\" }},");
        let text = text.replace("epochs = 4,", &rewound);
        let (_, stage) = text.split_once("[stage.sparse.prune]").expect("it has such a stage");
        let bench = results(&format!("{text}[stage.other.prune]{stage}"));
        let rows = tables(&bench.results()).measurements;
        let losses = rows.column("loss").expect("there is one").f64().expect("they are numbers");
        let losses: Vec<f64> = losses.iter().map(|value| value.expect("every row has one")).collect();
        let [_, one, other] = losses[..] else { panic!("{losses:?}") };
        (one, other)
    };
    let (one, other) = losses("set");
    assert_ne!(one, other);
    let (one, other) = losses("rigl");
    assert_eq!(one, other);
}
