//! The same training with our kernels and with Burn's own operations.

use burn::backend::Autodiff;
use burn_flex::{Flex, FlexDevice};
use niwaki::data::{Augment, Source, Splits, Synthetic, steps_per_epoch};
use niwaki::distill::LossMix;
use niwaki::draw::Draw;
use niwaki::kernel::Kernel;
use niwaki::model::architecture::{Mlp, Resnet};
use niwaki::model::{Init, Model, Network, Trained, Weights};
use niwaki::prune::Masks;
use niwaki::train::{
    Checkpoint, Control, Evaluation, Job, Keep, LrSchedule, Optimizer, Penalty, RecoveryBudget,
    RecoveryWeights, Sgd, Training, train,
};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What one epoch gives on images of `source`, from weights that the seed draws; one weight in `kept_of` of
/// each layer is kept.
fn epoch<B: Kernel>(
    model: &Model,
    source: &Source,
    (kept_of, lr): (usize, f64),
    device: &B::Device,
) -> Vec<Evaluation> {
    let batch = 64;
    let data = source.load().unwrap();
    let (image, classes, images) = (data.shape.image, data.shape.classes, data.shape.train);
    let splits = Splits::new(Arc::new(data), 0.0, 0);
    let graph = Arc::new(model.graph(image, classes).unwrap());
    let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
    let mut masks = Masks::full(&graph, &graph.prunable());
    for mask in masks.0.values_mut() {
        *mask = (0..mask.size()).map(|index| index % kept_of == 0).collect();
    }
    let start = Checkpoint::start(Trained::new(graph, weights).unwrap()).masked(masks);
    assert_eq!(is_stored_sparse(&start), kept_of > 1, "a pruned weight is stored sparse");
    let training = Training {
        steps: steps_per_epoch(images, batch),
        batch,
        optimizer: Optimizer::Sgd(Sgd { lr, momentum: 0.9, nesterov: false, weight_decay: 5e-4 }),
        lr_schedule: LrSchedule::default(),
        warmup: 0,
        loss: LossMix::default(),
        penalty: Penalty::default(),
        evaluate: 10,
        keep: Keep::Last,
        init: Init::default(),
        masking: None,
        weights: RecoveryWeights::default(),
        budget: RecoveryBudget::default(),
        samples_per_class: None,
        recalibrate: None,
    };
    let job = Job::<'_, B> {
        splits: &splits,
        augment: &Augment { crop: 1, flip: true },
        training: &training,
        start,
        teacher: None,
        draw: Draw::new(0, "dense"),
        pruning: None,
        checkpoints: &[],
    };
    let control = Control { stop: &AtomicBool::new(false), progress: &|_| {} };
    train(job, device, &control).unwrap().history
}

fn is_stored_sparse(start: &Checkpoint) -> bool {
    let mut network = Network::<Flex>::from_trained(&start.network, &FlexDevice);
    for parameter in &mut network.parameters {
        let mask = start.masks.of_slot(start.network.graph(), parameter.slot());
        let mask: Option<Vec<bool>> = mask.map(|mask| mask.iter().collect());
        parameter.remask(mask.as_deref());
    }
    network.is_sparse()
}

/// `Autodiff` has the default bodies alone. Differences of a rounding grow with every step, whoever
/// computes: after an epoch of a ResNet-20 to a few thousandths.
fn assert_same(model: &Model, source: &Source, (kept_of, lr): (usize, f64)) {
    let ours = epoch::<Flex>(model, source, (kept_of, lr), &FlexDevice);
    let default = epoch::<Autodiff<Flex>>(model, source, (kept_of, lr), &FlexDevice);
    assert_eq!(ours.len(), default.len());
    for (ours, default) in ours.iter().zip(&default) {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-2 * b.abs().max(0.1);
        assert!(near(ours.nll_test, default.nll_test), "{ours:?}\nis not\n{default:?}");
        if let (Some(ours), Some(default)) = (ours.loss_train, default.loss_train) {
            assert!(near(ours, default), "training loss {ours}, not {default}");
        }
    }
    let (first, last) = (ours.first().unwrap(), ours.last().unwrap());
    assert!(last.nll_test < first.nll_test, "it learns: {} is less than {}", last.nll_test, first.nll_test);
}

#[test]
fn lenet5_trains_alike() {
    // The digits are too small for it.
    let source = Source::Synthetic(Synthetic { image: [1, 28, 28], classes: 10, train: 1024, test: 128 });
    assert_same(&Model::Lenet5, &source, (1, 0.02));
}

/// At a rate of 0.02 a difference of one rounding grows a hundredfold in two steps.
#[test]
fn resnet20_trains_alike() {
    assert_same(&Model::Resnet(Resnet { depth: 20, width: 1 }), &Source::Digits, (1, 0.001));
}

#[test]
fn few_weights_train_alike() {
    assert_same(&Model::Mlp(Mlp { hidden: vec![100, 50] }), &Source::Digits, (5, 0.02));
}
