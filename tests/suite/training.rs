//! Trainings whose losses are not finite.

use crate::support::Bench;
use niwaki::data::Splits;
use niwaki::draw::Draw;
use niwaki::model::{Trained, Weights};
use niwaki::train::{Checkpoint, Control, Job, Outcome, TrainError, train};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Trains a small network with batch norm for so many steps, evaluated after each. At the start its running
/// statistics are so far off that an evaluation overflows; each step takes them a tenth of the way to those of
/// its batch.
fn trained(steps: u64) -> Result<Outcome, TrainError> {
    let text = format!(
        r#"
        title = "Far off"
        data.source.synthetic = {{ image = [1, 4, 4], train = 8, test = 4 }}
        data.validation = 0.0
        [stage.dense.train]
        model.resnet = {{ depth = 8 }}
        steps = {steps}
        batch = 8
        evaluate = "1it"
        optimizer.sgd = {{ lr = 1e-4 }}
        "#
    );
    let plan = Bench::new(&text).plan(&[]);
    let node = &plan.nodes[0];
    let dataset = Arc::new(node.data.source.load().expect("it is made up"));
    let splits = Splits::new(dataset, node.data.validation, node.seed);
    let draw = Draw::new(node.seed, &*node.stage);
    let graph = Arc::clone(&node.origin.graph);
    let mut weights = Weights::initial(&graph, &draw);
    weights.0["bn1.running_mean"].values.fill(-1e37);
    weights.0["bn1.running_var"].values.fill(0.0);
    let job = Job {
        splits: &splits,
        augment: &node.data.augment,
        training: node.training(),
        start: Checkpoint::start(Trained::new(graph, weights).expect("they are of this graph")),
        teachers: None,
        peers: Vec::new(),
        pruning: None,
        draw,
        checkpoints: &[],
    };
    let stop = AtomicBool::new(false);
    train::<niwaki::kernel::Flex>(job, &Default::default(), &Control { stop: &stop, progress: &|_| () })
}

#[test]
fn a_loss_on_the_way_is_recorded_as_what_it_is() {
    let outcome = trained(100).expect("its last network is sound");
    let losses: Vec<f64> = outcome.history.iter().map(|evaluation| evaluation.nll_test).collect();
    assert_eq!(losses.len(), 101);
    assert!(!losses[0].is_finite() && losses[100].is_finite(), "{losses:?}");
}

#[test]
fn a_network_that_is_kept_with_such_a_loss_has_diverged() {
    let error = trained(0).expect_err("its only network is not sound");
    assert!(matches!(error, TrainError::Diverged { step: 0, .. }), "{error}");
}
