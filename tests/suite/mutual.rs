//! Networks that teach each other: which trainings they are, and whole experiments with them.

use crate::support::{Bench, tables};
use niwaki::plan::Plan;
use std::collections::BTreeSet;

/// A network with peers, and what is pruned of it.
const TEXT: &str = r#"
title = "Mutual learning"

[data]
source.synthetic = { image = [1, 4, 4], classes = 4, train = 60, test = 20 }
augment.flip = true

[stage.mutual.train]
model.resnet = { depth = 8 }
steps = 6
batch = 10
peers = [{ mlp = { hidden = [12] } }, { resnet = { depth = 8 } }]
penalty.batch-norm-scale = 1e-3
loss = { cross-entropy = 1.0, soft-labels = { weight = 1.0, temperature = 1.0 } }

[stage.ticket.prune]
from = "mutual"
importance = "magnitude"
target.sparsity = 0.5
recover = { rewind = "3it", loss.cross-entropy = 1.0 }
"#;

/// The keys of the nodes of a training with these settings.
fn keys(settings: &str) -> BTreeSet<String> {
    let stage = "[stage.mutual.train]\nmodel.mlp = { hidden = [6] }\nsteps = 4\nbatch = 10";
    let data = "data.source.synthetic = { image = [1, 4, 4], classes = 4, train = 60, test = 20 }";
    let plan: Plan =
        Bench::new(&format!("title = \"Mutual learning\"\n{data}\n{stage}\n{settings}")).plan(&[]);
    plan.nodes.keys().map(ToString::to_string).collect()
}

#[test]
fn a_training_is_another_with_peers_that_a_term_hears_and_with_those_alone() {
    let soft = "loss.soft-labels = { weight = 1.0, temperature = 1.0 }";
    let hidden = |hidden: u32| format!("{{ mlp = {{ hidden = [{hidden}] }} }}");
    let of = |peers: &str| keys(&format!("peers = {peers}\n{soft}"));
    assert_eq!(of("2"), of(&format!("[{}, {}]", hidden(6), hidden(6))));
    let others =
        [of("1"), of("2"), of(&format!("[{}]", hidden(7))), of(&format!("[{}, {}]", hidden(7), hidden(6)))];
    let reversed = of(&format!("[{}, {}]", hidden(6), hidden(7)));
    let distinct: BTreeSet<_> = others.iter().chain([&reversed]).flatten().collect();
    assert_eq!(distinct.len(), 5);
    assert_eq!(keys("peers = 3"), keys(""));
    let swept = "[sweep]\nstage.mutual.train.peers = [1, 2]\nstage.mutual.train.loss = [{ cross-entropy = 1.0 }, { logits = 1.0 }]";
    assert_eq!(keys(swept).len(), 3);
}

#[test]
fn a_whole_experiment_has_peers() {
    let bench = Bench::new(TEXT);
    let said = String::from_utf8_lossy(&bench.niwaki("plan", &[]).stdout).into_owned();
    assert!(said.contains("with the peers mlp(hidden=[12]), resnet(depth=8"), "{said}");
    let numbers = bench.run(&["--workers", "2"]);
    // The ticket has the checkpoint of the same training, made with the same peers.
    numbers.assert_same(&bench.run(&["--fresh", "--workers", "1"]));
    let measurements = tables(&bench.results()).measurements;
    for column in ["teacher_agreement", "teacher_accuracy", "teacher_kl"] {
        assert_eq!(measurements.column(column).expect("it is a column").null_count(), measurements.height());
    }
    let history = tables(&bench.results()).history;
    let soft =
        history.column("soft-labels").expect("it is a column").f64().expect("it holds numbers").clone();
    assert!(soft.iter().flatten().any(|loss| loss > 0.0), "{soft:?}");
}
