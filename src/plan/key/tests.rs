//! The bytes that keys are made of. A change here takes the results of everybody's stores away: a new
//! setting is left out at its default, and a change of numbers raises a kind's format.

use super::*;
use crate::distill::loss::{CrossEntropy, LossMix};
use crate::golden::assert_golden;
use crate::prune::allocation::Uniform;
use crate::prune::importance::{Activation, Statistic, Taylor};
use crate::prune::{
    AccuracyDrop, Allocation, Amount, ChannelLimits, Granularity, Importance, Limit, LossRise, MaskControl,
    Normalizer, Ranking, Reduction, Request,
};
use crate::train::{
    Adam, Duration, GrowingL2, LrSchedule, MultiStep, Optimizer, Penalty, Recalibrate, RecoveryBudget,
    RecoveryWeights, Settings, Sgd,
};
use std::num::NonZeroUsize;

/// Asserts that the canonical JSON of `content` is what the golden file `name` holds.
fn pinned<K: Kind>(content: &K, name: &str) {
    assert_golden(name, &canonical(&(K::NAME, K::FORMAT, content)));
}

fn key(name: &str) -> Key {
    Key::of(&name)
}

fn data() -> DataKey {
    DataKey { fingerprint: Some("ab".into()), validation: 0.1, augment: Augment { crop: 4, flip: true } }
}

/// A training that says as little as it can.
fn plain() -> Training {
    Settings { epochs: Some(2), ..Settings::default() }.resolve(100, 10)
}

/// A training that says all it can.
fn detailed() -> Training {
    let sgd = Sgd { lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 5e-4 };
    let lr_schedule = MultiStep { at: vec![Duration::epochs(1), Duration::steps(3)], gamma: 0.1 };
    let cross_entropy = CrossEntropy { weight: 0.5.into(), smoothing: 0.05 };
    let settings = Settings {
        steps: Some(7),
        batch: Some(32),
        optimizer: Some(Optimizer::Sgd(sgd)),
        lr_schedule: Some(LrSchedule::MultiStep(lr_schedule)),
        warmup: Some(Duration::steps(2)),
        loss: Some(LossMix { cross_entropy: Some(cross_entropy), ..LossMix::EMPTY }),
        evaluate: Some(Duration::steps(3)),
        keep: Some(crate::train::Keep::Last),
        ..Settings::default()
    };
    Training { init: crate::model::Init::GlorotUniform, ..settings.resolve(100, 10) }
}

fn train_key<'a>(data: &'a DataKey, training: &'a Training) -> TrainKey<'a> {
    let (backend, graph) = (BackendKind::Flex, key("graph"));
    TrainKey {
        backend,
        data,
        seed: 3,
        stage: "dense",
        graph,
        training,
        teacher: TeacherKeys(&[]),
        peers: &[],
    }
}

#[test]
fn the_key_of_a_training_is_pinned() {
    let data = data();
    pinned(&train_key(&data, &plain()), "train-key.json");
    let growing = GrowingL2 { step: 1e-4, every: Duration::steps(10), limit: 1.0, share: Some(0.5) };
    let penalty =
        Penalty { batch_norm_scale: Some(1e-4), group_lasso: Some(1e-5), growing_l2: Some(growing) };
    let penalized = Training { penalty, ..plain() };
    pinned(&train_key(&data, &penalized), "train-key-penalty.json");
    let training = detailed();
    let teachers = [key("teacher")];
    let taught = TrainKey { teacher: TeacherKeys(&teachers), ..train_key(&data, &training) };
    pinned(&taught, "train-key-detailed.json");
    let peers = [key("peer"), key("other")];
    pinned(&TrainKey { peers: &peers, ..train_key(&data, &plain()) }, "train-key-peers.json");
}

#[test]
fn the_key_of_a_round_is_pinned() {
    let training = Training { optimizer: Optimizer::Adam(Adam::default()), ..plain() };
    let pruning = Pruning {
        importance: Importance::Magnitude,
        granularity: Granularity::default(),
        reduction: Reduction::default(),
        normalization: Normalizer::default(),
        ranking: Ranking::default(),
        control: MaskControl::default(),
        limits: ChannelLimits::default(),
        request: Request::Overall(Amount::To(0.9)),
        layers: ["fc1".to_owned(), "fc2".to_owned()].into(),
    };
    let round = RoundKey {
        from: key("dense"),
        stage: "sparse",
        round: 1,
        pruning: &pruning,
        batch: None,
        loss: None,
        teaching: None,
        teacher: TeacherKeys(&[]),
        recovery: None,
        recalibration: None,
    };
    pinned(&round, "round-key.json");
    let recalibration = RecalibrationKey {
        recalibrate: Recalibrate { batches: 7 },
        batch: 64,
        samples_per_class: Some(10),
        weights: RecoveryWeights::Reinitialized,
        init: crate::model::Init::GlorotUniform,
    };
    pinned(
        &RoundKey { recalibration: Some(recalibration), recovery: None, ..round },
        "round-key-recalibration.json",
    );
    let two = NonZeroUsize::MIN.saturating_add(1);
    let units = Pruning {
        importance: Importance::Activation(Activation { batches: 8, statistic: Statistic::Apoz }),
        granularity: Granularity::NOfM([NonZeroUsize::MIN, two]),
        reduction: Reduction::Norm,
        normalization: Normalizer::OutputRank,
        request: Request::Groups { kept: 1, of: 2 },
        ..pruning.clone()
    };
    let of_units = RoundKey { pruning: &units, batch: Some(64), recovery: None, ..round };
    pinned(&of_units, "round-key-units.json");
    let scan = Request::Scan { sparsities: vec![0.5, 0.9], amount: Amount::To(0.8) };
    let scanned = Pruning { request: scan, ..pruning.clone() };
    let longer = Training { budget: RecoveryBudget::EqualMacs, ..training.clone() };
    let (rewind, optimizer_state) = (None, OptimizerState::default());
    let recovery = RecoveryKey { training: &longer, start: 0, rewind, optimizer_state };
    pinned(&RoundKey { pruning: &scanned, recovery: Some(recovery), ..round }, "round-key-scan.json");
    let eight = NonZeroUsize::new(8).unwrap();
    let channels = Pruning {
        granularity: Granularity::Channel,
        limits: ChannelLimits { round_to: eight, ..ChannelLimits::default() },
        ..pruning.clone()
    };
    pinned(&RoundKey { pruning: &channels, recovery: None, ..round }, "round-key-channels.json");
    let pruning = Pruning {
        importance: Importance::Taylor(Taylor { batches: 8, squared: false }),
        request: Request::Layers(vec![("fc1".into(), Amount::Rate(0.2)), ("fc2".into(), Amount::To(0.5))]),
        ..pruning.clone()
    };
    let recovery = RecoveryKey {
        training: &training,
        start: 2,
        rewind: Some((key("dense"), 5)),
        optimizer_state: OptimizerState::Fresh,
    };
    let teachers = [key("teacher")];
    let round = RoundKey {
        pruning: &pruning,
        batch: Some(64),
        loss: Some(&training.loss),
        teacher: TeacherKeys(&teachers),
        recovery: Some(recovery),
        ..round
    };
    pinned(&round, "round-key-detailed.json");
}

#[test]
fn the_key_of_a_search_is_pinned() {
    let allocation = Allocation::Uniform(Uniform::default());
    let among_sparsities = SearchKey {
        from: key("dense"),
        stage: "smallest",
        limit: Limit::LossRise(LossRise::try_from(0.02).unwrap()),
        rounds: vec![key("probe")],
        allocation: Some(&allocation),
        probes: Some(8),
    };
    pinned(&among_sparsities, "search-key.json");
    let of_rounds = SearchKey {
        limit: Limit::AccuracyDrop(AccuracyDrop::try_from(0.01).unwrap()),
        rounds: vec![key("first"), key("second")],
        allocation: None,
        probes: None,
        ..among_sparsities
    };
    pinned(&of_rounds, "search-key-rounds.json");
}

#[test]
fn a_key_is_read_as_it_is_written() {
    let text = serde_json::to_string(&key("dense")).unwrap();
    assert_eq!(serde_json::from_str::<Key>(&text).unwrap(), key("dense"));
    assert!(serde_json::from_str::<Key>("\"ab\"").is_err());
}
