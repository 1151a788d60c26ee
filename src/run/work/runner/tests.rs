use super::*;
use crate::kernel::{Flex, FlexDevice};
use crate::plan::Round;
use crate::plan::testing::planned;
use crate::prune::Sparsity;
use crate::run::ProbeOutcome;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// A training, and a round that it teaches.
const TEXT: &str = r#"
    title = "A case"
    data.source.synthetic = { train = 40, test = 20 }
    [stage.dense.train]
    model.mlp = { hidden = [8] }
    epochs = 1
    batch = 10
    optimizer.sgd = { lr = 0.05 }
    [stage.sparse.prune]
    from = "dense"
    importance = "magnitude"
    target.sparsity = 0.5
    recover = { epochs = 1, teacher = "dense", loss = { cross-entropy = 0.5, soft-labels = { weight = 0.5, temperature = 2.0 } } }
"#;

/// What makes the training a teacher.
const TEACHER: &str = r#", teacher = "dense", loss = { cross-entropy = 0.5, soft-labels = { weight = 0.5, temperature = 2.0 } }"#;

/// Calls `check` with a runner of `plan` whose store is in `folder`.
fn with_runner(plan: &Plan, folder: &Path, check: impl FnOnce(&Runner<'_, Flex>, &Control<'_>)) {
    with_runner_that(Reuse::Stored, plan, folder, check);
}

/// The same, of one that reuses what `reuse` says.
fn with_runner_that(
    reuse: Reuse,
    plan: &Plan,
    folder: &Path,
    check: impl FnOnce(&Runner<'_, Flex>, &Control<'_>),
) {
    let (store, inputs, wanted) = (Store::at(folder), Inputs::default(), Wanted::of(plan));
    store.prepare().unwrap();
    let set_aside = |key: Key, why: &str| panic!("{key} {why}");
    let runner = Runner::<Flex>::new(plan, &store, &inputs, &wanted, reuse, &set_aside, FlexDevice);
    let stop = AtomicBool::new(false);
    check(&runner, &Control { stop: &stop, progress: &|_| () })
}

/// Removes all files of `key` in `folder` whose names end with one of `ends`.
fn remove(folder: &Path, key: Key, ends: &[&str]) {
    let key = key.to_string();
    for end in ends {
        fs::remove_file(folder.join(&key[..2]).join(format!("{key}.{end}"))).unwrap();
    }
}

#[test]
fn a_round_is_measured_again_without_what_it_came_from() {
    let folder = tempfile::tempdir().unwrap();
    let plan = planned(&TEXT.replace(TEACHER, ""));
    let [dense, sparse] = [0, 1].map(|id| &plan.nodes[id]);
    with_runner(&plan, folder.path(), |runner, control| {
        runner.obtain(sparse, control).unwrap();
        let before = runner.store.summary(sparse.key).unwrap();
        assert!(before.is_some());
        remove(folder.path(), sparse.key, &["measured-3.json"]);
        remove(folder.path(), dense.key, &["json", "safetensors"]);
        runner.obtain(sparse, control).unwrap();
        assert_eq!(runner.store.summary(sparse.key).unwrap(), before);
        assert!(!runner.store.contains(dense.key));
    });
}

#[test]
fn an_artifact_that_is_gone_is_made_again_where_it_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let plan = planned(TEXT);
    let [dense, sparse] = [0, 1].map(|id| &plan.nodes[id]);
    with_runner(&plan, folder.path(), |runner, control| {
        runner.obtain(dense, control).unwrap();
        let before = runner.store.artifact(dense.key).unwrap().unwrap().network;
        remove(folder.path(), dense.key, &["json", "safetensors"]);
        runner.obtain(sparse, control).unwrap();
        assert!(runner.store.artifact(dense.key).unwrap().unwrap().network == before);
    });
}

// The lock is held, as it is whenever a node is measured.
#[test]
fn an_artifact_that_is_gone_when_it_is_measured_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let plan = planned(TEXT);
    let dense = &plan.nodes[0];
    with_runner(&plan, folder.path(), |runner, control| {
        let _lock = runner.store.lock(dense.key).unwrap();
        let Err(Failure::Node(error)) = runner.measure_again(dense, control) else { panic!("it is gone") };
        assert_eq!(
            error.message(),
            format!("{} was removed from the store while it was measured", dense.key)
        );
    });
}

// A search makes up nodes as it goes, and what they need may be made up too.
#[test]
fn nodes_that_are_not_in_the_plan_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let plan = planned(TEXT);
    let [planned_dense, planned_sparse] = [0, 1].map(|id| plan.nodes[id].clone());
    let (dense_key, sparse_key) = (Key::of(&"another training"), Key::of(&"another round"));
    let Work::Round(round) = planned_sparse.work.clone() else { panic!("it is a round") };
    let round = Round { from: dense_key, teachers: [dense_key].into(), ..round };
    let dense = Node { key: dense_key, ..planned_dense };
    let sparse = Node { key: sparse_key, work: Work::Round(round), ..planned_sparse };
    with_runner(&plan, folder.path(), |runner, control| {
        let Err(Failure::Node(error)) = runner.obtain(&sparse, control) else { panic!("its need is gone") };
        assert_eq!(
            error.message(),
            format!("no node of the plan is called {dense_key}, so it cannot be made")
        );
        for node in [&dense, &sparse] {
            runner.obtain(node, control).unwrap();
        }
        let summary = runner.store.summary(sparse_key).unwrap().unwrap();
        assert_eq!(summary.measurement.sparsity, 0.5);
        assert!(summary.measurement.teacher.is_some());
        assert!(plan.nodes.keys().all(|&key| !runner.store.contains(key)));
    });
}

/// The largest sparsity that is good enough.
const SEARCH: &str = r#"
    title = "A case"
    data = { source.synthetic = { train = 40, test = 20 }, validation = 0.5 }
    [stage.dense.train]
    model.mlp = { hidden = [8] }
    epochs = 2
    batch = 10
    optimizer.sgd = { lr = 0.05 }
    [stage.smallest.prune]
    from = "dense"
    importance = "magnitude"
    target.loss-rise = { within = 2.0, probes = 3 }
    recover.epochs = 1
"#;

// A search, and a stage that aims at one of its sparsities, share that node.
#[test]
fn what_several_obtain_is_made_once_where_nothing_is_reused() {
    let folder = tempfile::tempdir().unwrap();
    let plan = planned(SEARCH);
    let [dense, search] = [0, 1].map(|id| &plan.nodes[id]);
    let probe = search.search().unwrap().rounds.at(Sparsity::try_from(0.5).unwrap());
    let made = |key: Key| {
        let path = folder.path().join(&key.to_string()[..2]).join(format!("{key}.json"));
        fs::metadata(path).unwrap().modified().unwrap()
    };
    with_runner(&plan, folder.path(), |runner, control| {
        for node in [dense, search] {
            runner.obtain(node, control).unwrap();
        }
    });
    let first = [dense.key, probe.key, search.key].map(made);
    with_runner_that(Reuse::Nothing, &plan, folder.path(), |runner, control| {
        runner.obtain(dense, control).unwrap();
        runner.obtain(&probe, control).unwrap();
        let between = made(probe.key);
        let summary = runner.obtain(search, control).unwrap();
        assert_eq!(made(probe.key), between);
        assert!(first.into_iter().zip([dense.key, probe.key, search.key].map(made)).all(|(a, b)| a < b));
        assert_eq!(summary.course.search.unwrap().probes[0].key, probe.key);
        assert_eq!(summary.probes.len(), 3);
    });
}

#[test]
fn a_probe_that_cannot_be_pruned_as_far_does_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    // `uniform-plus` leaves the first layer as it is, so half of all weights cannot go.
    let text = SEARCH.replace("recover.epochs = 1", "allocation = \"uniform-plus\"");
    let plan = planned(&text.replace("probes = 3", "probes = 4"));
    let [dense, search] = [0, 1].map(|id| &plan.nodes[id]);
    with_runner(&plan, folder.path(), |runner, control| {
        runner.obtain(dense, control).unwrap();
        let found = runner.obtain(search, control).unwrap();
        let log = found.course.search.unwrap();
        let outcomes: Vec<bool> =
            log.probes.iter().map(|probe| matches!(probe.outcome, ProbeOutcome::Failed(_))).collect();
        // 512 weights in the first layer and 80 in the last, of which 64 may go: 0.108 is the most.
        assert_eq!(outcomes, [true, true, true, false]);
        assert_eq!(found.probes.iter().flatten().count(), 1);
    });
}
