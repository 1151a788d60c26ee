//! Whole trainings give the same numbers under every instruction set, and under emulations of those that this
//! processor lacks.

use super::{Checkpoint, Control, Job, Outcome, Settings, train};
use crate::cpu::{Isa, forced};
use crate::data::{Augment, Source, Splits, Synthetic};
use crate::distill::Teachers;
use crate::draw::Draw;
use crate::kernel::{Flex, FlexDevice};
use crate::model::architecture::{Mlp, Resnet};
use crate::model::{Model, Network, Trained, Weights};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What two steps leave of a network for images of this size with this loss and optimizer, with a ResNet as its
/// teacher.
fn trained(model: &Model, size: usize, loss: Value, optimizer: Value) -> Outcome {
    let image = [1, size, size];
    let source = Source::Synthetic(Synthetic { image, classes: 4, train: 20, test: 8 });
    let splits = Splits::new(Arc::new(source.load().expect("it is made up")), 0.0, 0);
    let settings: Settings =
        serde_json::from_value(json!({ "steps": 2, "batch": 10, "optimizer": optimizer, "loss": loss }))
            .expect("these are settings");
    let network = |model: &Model| {
        let graph = model.graph(image, 4).expect("the images fit");
        let weights = Weights::initial(&graph, &Draw::new(0, "network"));
        Trained::new(Arc::new(graph), weights).expect("they are of the graph")
    };
    let teacher = network(&Model::Resnet(Resnet { depth: 8, width: 1 }));
    let job = Job::<'_, Flex> {
        splits: &splits,
        augment: &Augment { crop: 1, flip: false },
        training: &settings.resolve(20, 0),
        start: Checkpoint::start(network(model)),
        teachers: Some(Teachers::one(Network::from_trained(&teacher, &FlexDevice))),
        peers: Vec::new(),
        pruning: None,
        draw: Draw::new(0, "student"),
        checkpoints: &[2],
    };
    let stop = AtomicBool::new(false);
    train(job, &FlexDevice, &Control { stop: &stop, progress: &|_| () }).expect("it learns")
}

#[track_caller]
fn assert_same_numbers(model: &Model, size: usize, loss: &Value, optimizer: &Value) {
    let of = |isa: Isa| {
        let _forced = forced::force(isa);
        trained(model, size, loss.clone(), optimizer.clone())
    };
    let [first, others @ ..] = &Isa::tested()[..] else { panic!("there is an instruction set") };
    let expected = of(*first);
    for isa in others {
        let found = of(*isa);
        assert!(found.checkpoints == expected.checkpoints, "{isa:?} leaves other arrays than {first:?}");
        assert!(found.history == expected.history, "{isa:?} measures otherwise than {first:?}");
    }
}

#[test]
fn an_mlp_and_lenet5_are_the_same_under_all() {
    let loss = json!({ "cross-entropy": { "weight": 1.0, "smoothing": 0.1 } });
    assert_same_numbers(&Model::Mlp(Mlp { hidden: [40, 20].into() }), 12, &loss, &json!({ "adam": {} }));
    let sgd = json!({ "sgd": { "lr": 0.05, "momentum": 0.9, "weight-decay": 1e-3 } });
    assert_same_numbers(&Model::Lenet5, 12, &loss, &sgd);
}

#[test]
fn a_resnet_with_losses_of_outputs_and_inside_is_the_same_under_all() {
    let loss = json!({
        "soft-labels": { "weight": 0.5, "temperature": 4.0 },
        "features": { "weight": 1.0, "taps": { "layer2": "layer2" }, "adapter": "batch-norm" },
        "attention": { "weight": 10.0, "taps": { "layer1": "layer1" } },
        "similarity": { "weight": 10.0, "taps": { "layer3": "layer3" } },
    });
    let sgd = json!({ "sgd": { "lr": 0.05, "momentum": 0.9 } });
    assert_same_numbers(&Model::Resnet(Resnet { depth: 8, width: 1 }), 6, &loss, &sgd);
}
