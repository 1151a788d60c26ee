//! The same experiment gives the same bytes whatever instruction set computes.

use crate::support::{Bench, Numbers, TINY, stderr};
use niwaki::cpu::Isa;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Dense and sparse matrices, convolutions, batch norm, losses of outputs and inside of networks, importances.
const KINDS: &str = r#"
title = "A training of each kind"

[data]
source.synthetic = { image = [1, 12, 12], train = 40, test = 10 }
validation = 0.2

[stage.mlp.train]
model.mlp = { hidden = [100] }
steps = 3
batch = 18
optimizer.adam = { lr = 1e-3 }

[stage.ticket.prune]
from = "mlp"
importance = "taylor"
target.sparsity = 0.8
recover = { steps = 2, teacher = "mlp", loss = { soft-labels = { weight = 1.0, temperature = 3.0 } } }

[stage.lenet.train]
model = "lenet5"
steps = 2
batch = 18
optimizer.sgd = { lr = 0.05, momentum = 0.9, weight-decay = 1e-3 }

[stage.fewer.prune]
from = "lenet"
granularity = "channel"
importance = { fisher = { batches = 1 } }
target.macs = 0.5
recover.steps = 2

[stage.resnet.train]
model.resnet = { depth = 8 }
steps = 2
batch = 18
optimizer.sgd = { lr = 0.05, momentum = 0.9 }

[stage.student.train]
model.resnet = { depth = 8 }
steps = 2
batch = 18
optimizer.sgd = { lr = 0.05, momentum = 0.9 }
teacher = "resnet"
[stage.student.train.loss]
cross-entropy = 0.5
soft-labels = { weight = 0.5, temperature = 4.0 }
decoupled = { weight = 0.5 }
dist = { weight = 0.5 }
features = { weight = 1.0, taps = { layer2 = "layer2" }, adapter = "batch-norm" }
attention = { weight = 10.0, taps = { layer1 = "layer1", layer3 = "layer3" } }
contrastive = { taps = { flatten = "flatten" }, dimensions = 8, negatives = 12 }
variational = { taps = { layer1 = "layer1" } }
"#;

/// What is stored of the networks, file by file.
fn arrays(bench: &Bench) -> BTreeMap<String, Vec<u8>> {
    let files = bench.stored().into_iter();
    let arrays = files.filter(|file| file.extension().is_some_and(|extension| extension == "safetensors"));
    let name = |file: &Path| file.file_name().expect("it has a name").to_string_lossy().into_owned();
    arrays.map(|file| (name(&file), fs::read(&file).expect("it can be read"))).collect()
}

fn run_with(isa: &str) -> (Numbers, BTreeMap<String, Vec<u8>>) {
    let bench = Bench::new(KINDS);
    let output = bench.command("run", &[]).env("NIWAKI_ISA", isa).output().expect("the program starts");
    assert!(output.status.success(), "{}", stderr(&output));
    (bench.numbers(), arrays(&bench))
}

#[test]
fn all_give_the_same_bytes() {
    let names: Vec<&str> = Isa::available().into_iter().map(Isa::name).collect();
    assert!(names.len() > 1, "nothing to compare with {names:?}");
    let (numbers, networks) = run_with(names[0]);
    assert!(networks.len() >= 6, "{:?}", networks.keys());
    for name in &names[1..] {
        let (others, arrays) = run_with(name);
        let differs: Vec<_> =
            networks.iter().filter(|(file, bytes)| arrays.get(*file) != Some(bytes)).collect();
        let differs: Vec<_> = differs.into_iter().map(|(file, _)| file).collect();
        assert!(differs.is_empty(), "{name} gives other networks than {}: {differs:?}", names[0]);
        numbers.assert_same(&others);
    }
}

#[test]
fn one_that_the_processor_lacks_is_an_error_that_lists_those_it_has() {
    let bench = Bench::new(TINY);
    let output = bench.command("run", &[]).env("NIWAKI_ISA", "avx1024").output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    for part in ["avx1024", "--isa", "scalar-fma", Isa::detect().name()] {
        assert!(told.contains(part), "{told}");
    }
}
