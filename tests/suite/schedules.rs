//! Losses whose weights and temperatures change over a training.

use crate::distillation::{optimizers, trained};
use crate::support::{Bench, tables};
use serde_json::{Value, json};

/// A mix of three kinds of terms; of six steps.
fn mix(temperature: Value, weight: Value) -> Value {
    json!({
        "cross-entropy": { "weight": 1.0 },
        "soft-labels": { "weight": weight, "temperature": temperature },
        "features": {
            "weight": { "multi-step": { "from": 1.0, "gamma": 0.5, "at": ["2it", "4it"] } },
            "taps": { "layer3": "layer3" },
        },
    })
}

#[test]
fn a_schedule_that_stays_is_a_number() {
    let still = |from: f64| {
        let (linear, steps) =
            (json!({ "from": from, "to": from }), json!({ "from": from, "gamma": 1.0, "at": ["3it"] }));
        [
            json!({ "linear": linear.clone() }),
            json!({ "cosine": linear.clone() }),
            json!({ "exponential": linear }),
            json!({ "multi-step": steps }),
        ]
    };
    let [sgd, _] = optimizers();
    let plain = trained(mix(json!(4.0), json!(0.7)), sgd.clone(), None, &[6]);
    for (temperature, weight) in still(4.0).into_iter().zip(still(0.7)) {
        let scheduled = trained(mix(temperature.clone(), weight), sgd.clone(), None, &[6]);
        assert_eq!(plain.checkpoints, scheduled.checkpoints, "{temperature}");
        assert_eq!(plain.history, scheduled.history, "{temperature}");
    }
    let other = trained(mix(json!({ "linear": { "from": 4.0, "to": 3.0 } }), json!(0.7)), sgd, None, &[6]);
    assert_ne!(plain.checkpoints, other.checkpoints);
}

#[test]
fn a_training_goes_on_in_the_middle_of_a_schedule() {
    let loss = || {
        let temperature = json!({ "cosine": { "from": 8.0, "to": 1.0, "begin": "1it" } });
        mix(temperature, json!({ "exponential": { "from": 0.1, "to": 1.0, "end": "5it" } }))
    };
    for optimizer in optimizers() {
        let whole = trained(loss(), optimizer.clone(), None, &[3, 6]);
        let [halfway, end] = &whole.checkpoints[..] else { panic!("two were wanted") };
        let rest = trained(loss(), optimizer, Some(halfway.clone()), &[6]);
        assert_eq!(rest.checkpoints[0], *end);
        assert_eq!(rest.history.last(), whole.history.last());
    }
}

fn learned(settings: Value) -> Value {
    mix(json!({ "learned": settings }), json!(0.7))
}

// Its range is nothing, so whatever is learned it is 4.
#[test]
fn a_learned_temperature_is_no_part_of_the_student() {
    let [sgd, _] = optimizers();
    let plain = trained(mix(json!(4.0), json!(0.7)), sgd.clone(), None, &[6]);
    let still = trained(learned(json!({ "init": 4.0, "range": 0.0 })), sgd, None, &[6]);
    let [plain_end, still_end] = [&plain, &still].map(|outcome| &outcome.checkpoints[0]);
    assert_eq!(plain_end.network, still_end.network);
    assert_eq!(plain.history, still.history);
    assert_eq!(still_end.beside.len(), plain_end.beside.len() + 1);
}

#[test]
fn a_temperature_is_learned_against_the_student_and_goes_on_from_a_checkpoint() {
    let name = "loss/soft-labels/temperature";
    for optimizer in optimizers() {
        let settings = json!({ "strength": { "linear": { "from": 0.0, "to": 1.0, "end": "4it" } } });
        let whole = trained(learned(settings.clone()), optimizer.clone(), None, &[3, 5, 6]);
        let [halfway, before, end] = &whole.checkpoints[..] else { panic!("three were wanted") };
        assert_ne!(halfway.beside[name], end.beside[name]);
        assert!(end.optimizer.keys().any(|key| key.ends_with(name)), "{:?}", end.optimizer.keys());
        let rest = trained(learned(settings), optimizer, Some(halfway.clone()), &[6]);
        assert_eq!(rest.checkpoints[0], *end);
        assert_eq!(rest.history.last(), whole.history.last());
        // What is shown is that of the last step, which was taken with what had been learned before it.
        let theta = f64::from(before.beside[name].values[0]);
        let shown = whole.history.last().expect("the end is evaluated").temperatures["soft-labels"];
        assert!((shown - (1.0 + 20.0 / (1.0 + (-theta).exp()))).abs() < 1e-9, "{shown} of {theta}");
    }
    // The first step of plain gradient descent is as long as it is strong.
    let sgd = json!({ "sgd": { "lr": 0.05 } });
    let thetas = [0.0, 0.5, 1.0].map(|strength| {
        let outcome = trained(learned(json!({ "strength": strength })), sgd.clone(), None, &[1]);
        outcome.checkpoints[0].beside[name].values[0]
    });
    assert_eq!(thetas[0], 1.0);
    let moved = thetas.map(|theta| f64::from(theta) - 1.0);
    assert!(moved[2] != 0.0 && (moved[1] / moved[2] - 0.5).abs() < 1e-2, "{moved:?}");
}

/// A student learns by a schedule, loses channels, weights of which some grow back, and weights one by one while it is
/// trained; it is rewound, and its pruned networks take over what the schedule came to.
const WHOLE: &str = r#"
title = "Schedules of a loss"

[data]
source.synthetic = { image = [1, 4, 4], classes = 4, train = 60, test = 20 }

[stage.teacher.train]
model.mlp = { hidden = [20] }
steps = 6
batch = 10
optimizer.sgd = { lr = 0.02 }

[stage.student.train]
model.mlp = { hidden = [12, 12] }
steps = 8
batch = 10
optimizer.sgd = { lr = 0.02, momentum = 0.9 }
teacher = "teacher"
evaluate = "1it"

[stage.student.train.loss]
cross-entropy = { weight = { cosine = { from = 1.0, to = 0.2 } } }
soft-labels = { weight = { linear = { from = 0.0, to = 0.8, begin = "2it", end = "6it" } }, temperature = { exponential = { from = 16, to = 1 } } }
decoupled = { weight = 0.1, temperature = "learned", warmup = "2it" }
dist = { weight = 0.5, temperature = { multi-step = { from = 4, gamma = 0.5, at = ["4it"] } } }

[stage.small.prune]
from = "student"
granularity = "channel"
importance = "taylor"
target.macs = 0.6
recover = { steps = 4, budget = "equal-macs", loss.soft-labels = { weight = 1.0, temperature = { linear = { from = 5, to = 1, end = "2it" } } } }

[stage.ticket.prune]
from = "student"
importance = "snip"
target.sparsity = 0.5
recover = { rewind = "3it" }

[stage.rigl.prune]
from = "student"
importance = "magnitude"
target.sparsity = 0.5
recover = { steps = 4, regrow.rigl = { every = "2it", fraction = 0.3, until = "4it" }, loss = { logits.weight.linear = { from = 1, to = 0 } } }

[stage.gradual.prune]
from = "student"
importance = "taylor"
target.sparsity = 0.5
schedule.cubic = { begin = "0it", end = "3it", every = "1it" }
recover = { lr-rewind = "4it" }

[stage.tuned.prune]
from = "student"
importance = "magnitude"
target.sparsity = 0.5
recover = { steps = 2 }
"#;

#[test]
fn history_says_what_held_in_the_last_step() {
    let bench = Bench::new(WHOLE);
    let numbers = bench.run(&["--workers", "2"]);
    let history = tables(&bench.results()).history;
    let stages = history.column("stage").expect("it is there").str().expect("it is text").clone();
    let column = |name: &str, stage: &str| -> Vec<f64> {
        let values = history.column(name).unwrap_or_else(|_| panic!("there is no {name}"));
        let values = values.f64().expect("it holds numbers");
        let rows = (0..values.len()).filter(|&row| stages.get(row) == Some(stage));
        rows.map(|row| values.get(row).unwrap_or(f64::NAN)).collect()
    };
    let near = |found: &[f64], expected: &[f64]| {
        let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(near && found.len() == expected.len(), "{found:?} is not {expected:?}");
    };
    // Rows are of 0, 1, … 8 steps, and say what held in the last of them: 16 · (1 / 16)^(s / 8) in step s.
    let root = 2f64.sqrt();
    let falling = [16.0, 16.0, 8.0 * root, 8.0, 4.0 * root, 4.0, 2.0 * root, 2.0, root];
    near(&column("temperature", "student"), &falling);
    near(&column("soft-labels_temperature", "student"), &falling);
    near(&column("dist_temperature", "student"), &[4.0, 4.0, 4.0, 4.0, 4.0, 2.0, 2.0, 2.0, 2.0]);
    let ratio = |term: &str, stage: &str| -> Vec<f64> {
        let weighted = column(&format!("{term}_weighted"), stage).into_iter().zip(column(term, stage));
        weighted.skip(1).map(|(weighted, plain)| weighted / plain).collect()
    };
    near(&ratio("soft-labels", "student"), &[0.0, 0.0, 0.0, 0.2, 0.4, 0.6, 0.8, 0.8]);
    let cosine = |step: u32| 0.2 + 0.4 * (1.0 + (std::f64::consts::PI * f64::from(step) / 8.0).cos());
    near(&ratio("cross-entropy", "student"), &(0..8).map(cosine).collect::<Vec<_>>());
    // σ(1) of the way from 1 to 21, and elsewhere once it is trained.
    let learned = column("decoupled_temperature", "student");
    near(&learned[..1], &[1.0 + 20.0 / (1.0 + (-1f64).exp())]);
    assert!(learned[8] != learned[0] && (1.0..21.0).contains(&learned[8]), "{learned:?}");
    near(&column("decoupled_temperature", "tuned")[..1], &learned[..1]);
    // The last steps again, from step 3 of the original training and from step 4.
    near(&column("temperature", "ticket"), &falling[3..]);
    near(&column("temperature", "gradual"), &falling[4..]);
    // Held where the schedule came to.
    near(&column("temperature", "tuned"), &[1.0; 3]);
    near(&ratio("soft-labels", "tuned"), &[0.8; 2]);
    near(&ratio("cross-entropy", "tuned"), &[0.2; 2]);
    // The end of the schedule, after 2 of 4 steps, comes as much later as the training is longer: about half-way.
    let small = column("temperature", "small");
    let steps = small.len() - 1;
    let end = small.iter().skip(1).position(|&temperature| temperature == 1.0).expect("it comes to 1");
    assert!(steps > 5 && (2 * end).abs_diff(steps) <= 1, "{end} of {steps}");
    let falling: Vec<f64> = (0..end).map(|step| 5.0 - 4.0 * step as f64 / end as f64).collect();
    near(&small[1..=end], &falling);

    let again = bench.run(&["--fresh", "--workers", "1"]);
    numbers.assert_same(&again);
}
