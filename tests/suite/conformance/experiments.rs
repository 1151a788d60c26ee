//! A whole experiment on every backend: the same rows, the same counts, and losses that are near.

use super::others;
use crate::support::{Bench, tables};
use polars::prelude::DataFrame;

/// What the trainings of [`super::trainings`] have not: masks that change while a network trains, penalties, batch norm
/// that is recalibrated, channels that go, taps.
const WHOLE: &str = r#"
title = "On every backend"

[data]
source.synthetic = { image = [1, 8, 8], classes = 4, train = 64, test = 32 }

[stage.dense.train]
model.resnet = { depth = 8 }
steps = 6
batch = 8
optimizer.sgd = { lr = 1e-3, momentum = 0.9 }
penalty = { batch-norm-scale = 1e-4, group-lasso = 1e-4 }

[stage.gradual.prune]
from = "dense"
importance = "movement"
target.sparsity = 0.7
schedule.cubic = { begin = "1it", end = "5it", every = "2it" }
recover.steps = 6

[stage.rigl.prune]
from = "dense"
importance = "magnitude"
target.sparsity = 0.7
recover = { steps = 6, regrow.rigl = { every = "2it", until = "5it" } }

[stage.set.prune]
from = "dense"
importance = "random"
target.sparsity = 0.7
recover = { steps = 6, regrow.set = { every = "2it", until = "5it" } }

[stage.recalibrated.prune]
from = "dense"
importance = "magnitude"
target.sparsity = 0.5
recover.recalibrate = { batches = 4 }

[stage.small.prune]
from = "dense"
granularity = "channel"
importance = "random"
target.macs = 0.5
recover.steps = 6

[stage.student.train]
model.resnet = { depth = 8 }
steps = 6
batch = 8
optimizer.sgd = { lr = 1e-3, momentum = 0.9 }
teacher = "dense"
loss = { cross-entropy = 1.0, attention = { weight = 1.0, taps = { "layer*" = "layer*" } } }
"#;

/// What rounding does not change.
const COUNTS: [&str; 11] = [
    "trial",
    "stage",
    "round",
    "seed",
    "target",
    "requested",
    "sparsity",
    "parameters",
    "nonzero",
    "macs",
    "steps",
];

fn measured(backend: &str) -> DataFrame {
    let bench = Bench::new(WHOLE);
    bench.run(&["--backend", backend]);
    tables(&bench.results()).measurements
}

#[test]
fn a_whole_experiment_has_the_same_rows_and_counts() {
    let flex = measured("flex");
    for kind in others() {
        let found = measured(&kind.to_string());
        assert_eq!(found.get_column_names(), flex.get_column_names(), "{kind}");
        for name in COUNTS {
            assert!(found.column(name).unwrap().equals_missing(flex.column(name).unwrap()), "{kind}: {name}");
        }
        let losses = |table: &DataFrame| -> Vec<f64> {
            table.column("loss").unwrap().f64().unwrap().iter().flatten().collect()
        };
        for (row, (found, expected)) in losses(&found).into_iter().zip(losses(&flex)).enumerate() {
            // Of weights whose scores are nearly equal another may stay.
            assert!(
                (found - expected).abs() <= 2e-3 * expected,
                "{kind}, row {row}: {found}, not {expected}"
            );
        }
    }
}
