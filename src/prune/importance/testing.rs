//! A network small enough to score by hand.

use super::{Importance, ScoringContext, ScoringData};
use crate::data::{Dataset, Examples, Fingerprint, Shape, Splits};
use crate::distill::{LossMix, Objective};
use crate::draw::Draw;
use crate::model::architecture::Mlp;
use crate::model::{Array, Model, Network, Weights};
use crate::prune::Masks;
use burn_flex::{Flex, FlexDevice};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A linear classifier of two pixels and two classes, without bias, on images that are all (1, 2).
pub(super) struct Toy {
    weight: [f32; 4],
    labels: Vec<u16>,
    batch: usize,
    seed: u64,
    stop: bool,
}

impl Toy {
    /// `weight` is `[out, in]`; one image for each of `labels`, in batches of one.
    pub fn new(weight: [f32; 4], labels: &[u16]) -> Self {
        Self { weight, labels: labels.to_vec(), batch: 1, seed: 0, stop: false }
    }

    pub fn batched(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    pub fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// As if its user had interrupted.
    pub fn stopped(self) -> Self {
        Self { stop: true, ..self }
    }

    /// The scores of the only layer.
    pub fn scores(&self, importance: &Importance) -> Vec<f32> {
        self.with(|context| importance.assess(context).unwrap().scores.0["fc1"].clone())
    }

    /// What `look` finds in the context that importances score in.
    pub fn with<T>(&self, look: impl FnOnce(&ScoringContext<'_, Flex>) -> T) -> T {
        let shape = Shape { image: [1, 1, 2], classes: 2, train: self.labels.len(), test: 0 };
        let train = Examples { images: [1, 2].repeat(self.labels.len()), labels: self.labels.clone() };
        let dataset = Dataset { shape, train, test: Examples::default(), fingerprint: Fingerprint([0; 32]) };
        let splits = Splits {
            dataset: Arc::new(dataset),
            train: (0..self.labels.len() as u32).collect(),
            validation: Vec::new(),
            mean: vec![0.0],
            deviation: vec![1.0],
        };
        let graph = Model::Mlp(Mlp { hidden: Vec::new() }).graph(shape.image, shape.classes).unwrap();
        let weight = Array { shape: vec![2, 2], values: self.weight.to_vec() };
        let bias = Array { shape: vec![2], values: vec![0.0; 2] };
        let weights =
            Weights([("fc1.weight".into(), weight), ("fc1.bias".into(), bias)].into_iter().collect());
        let network = Network::<Flex>::new(Arc::new(graph), &weights, &FlexDevice);
        let data = ScoringData {
            objective: Objective { loss: &LossMix::default(), teacher: None },
            splits: &splits,
            batch: self.batch,
            draw: &Draw::new(self.seed, "sparse/1"),
            device: &FlexDevice,
            movement: None,
            stop: &AtomicBool::new(self.stop),
        };
        look(&ScoringContext {
            network: &network,
            layers: &["fc1".to_owned()],
            masks: &Masks::default(),
            data: &data,
        })
    }
}
