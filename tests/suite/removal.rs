//! Networks that get smaller: whole programs.

use crate::support::{Bench, stderr, stdout};
use polars::prelude::DataFrame;

/// Channels after single weights, again after that, with a teacher, rewound; and blocks.
const REMOVAL: &str = r#"
title = "Smaller networks"

[data]
source.synthetic = { train = 60, test = 20 }
validation = 0.2

[stage.dense.train]
model.resnet = { depth = 8 }
epochs = 2
batch = 12
optimizer.sgd = { lr = 0.05, momentum = 0.9 }

[stage.sparse.prune]
from = "dense"
importance = "magnitude"
target.sparsity = 0.5

[stage.small.prune]
from = "sparse"
importance = "taylor"
granularity = "channel"
schedule.linear = { rounds = 2 }
target.sparsity = 0.8
recover = { epochs = 1, teacher = "dense", loss.soft-labels = { weight = 1.0, temperature = 2.0 } }

[stage.ticket.prune]
from = "dense"
importance = "magnitude"
granularity = "channel"
round-to = 4
schedule.geometric = { rate = 0.3, rounds = 2 }
recover = { rewind = "1ep" }

[stage.even.prune]
from = "dense"
importance = "magnitude"
granularity = "channel"
min-per-layer = 3
allocation = "uniform"
target.sparsity = 0.5

[stage.shallow.prune]
from = "dense"
importance = "magnitude"
granularity = "layer"
target.sparsity = 0.05
recover = { epochs = 1 }

[stage.student.train]
model.mlp = { hidden = [8] }
epochs = 1
teacher = "small"
loss.soft-labels = { weight = 1.0, temperature = 2.0 }
"#;

/// The numbers of `column`, stage by stage and round by round.
fn of(measurements: &DataFrame, stage: &str, column: &str) -> Vec<f64> {
    let stages = measurements.column("stage").unwrap().str().unwrap();
    let numbers = measurements.column(column).unwrap().cast(&polars::prelude::DataType::Float64).unwrap();
    let numbers = numbers.f64().unwrap();
    let rows = stages.iter().zip(numbers.iter()).filter(|(of, _)| *of == Some(stage));
    rows.map(|(_, number)| number.unwrap()).collect()
}

/// ResNet-8 on images of one channel has 77,072 prunable weights. With a channel go at most 944 of them: one behind the
/// second block takes 288 + 16 that give it, and 576 + 64 that take it. The only block that can go has 4,608.
#[test]
fn networks_get_smaller_and_everything_else_goes_on() {
    let bench = Bench::new(REMOVAL);
    let numbers = bench.run(&[]);
    let of = |stage: &str, column: &str| of(&numbers.measurements, stage, column);
    let dense = of("dense", "parameters")[0];
    assert_eq!(of("sparse", "parameters"), [dense]);
    let left = |of: f64, share: f64| of - (of * (1.0 - share)).round();
    let first = of("ticket", "nonzero")[0];
    for (stage, round, asked, unit) in [
        // From the 0.5 that single weights have lost, in equal parts.
        ("small", 0, left(77_072.0, 0.35), 944.0),
        ("small", 1, left(77_072.0, 0.2), 944.0),
        ("ticket", 0, left(77_072.0, 0.7), 4.0 * 944.0),
        ("ticket", 1, left(first, 0.7), 4.0 * 944.0),
        ("shallow", 0, left(77_072.0, 0.95), 4_608.0),
    ] {
        let found = of(stage, "nonzero")[round];
        assert!(found <= asked && found > asked - unit, "{stage} {round}: {found} of {asked}");
        let sparsity = of(stage, "sparsity")[round];
        assert!((sparsity - (1.0 - found / 77_072.0)).abs() < 1e-12);
    }
    for stage in ["small", "ticket", "even", "shallow"] {
        for column in ["parameters", "macs"] {
            let last = *of(stage, column).last().unwrap();
            assert!(last < of("dense", column)[0], "{stage}: {last} {column}");
        }
    }
    // Where half the weights of a layer go with both its channels, these are a share of 1 − √½; more of the first.
    let even = of("even", "sparsity")[0];
    assert!((0.5..0.6).contains(&even), "{even}");
    assert_eq!(of("student", "teacher_agreement").len(), 1);
    // The same again, without anything stored.
    let fresh = Bench::new(REMOVAL).run(&["--workers", "1"]);
    numbers.assert_same(&fresh);
}

#[test]
fn groups_are_explained() {
    let bench = Bench::new(REMOVAL);
    let output = bench.niwaki("plan", &["--explain-groups"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("stage small prunes channels of resnet(depth=8, width=1)"), "{text}");
    assert!(text.contains("channels 16; 4 or more stay"), "{text}");
    assert!(text.contains("because   `layer1.0.add` adds those of `layer1.0.bn2` and `relu`"), "{text}");
    assert!(!text.contains("stage sparse") && !text.contains("training steps"), "{text}");
}
