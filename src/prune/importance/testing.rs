//! A network small enough to score by hand.

use super::{Importance, Scores, ScoringContext, ScoringData};
use crate::data::{Dataset, Examples, Fingerprint, Shape, Splits};
use crate::distill::{LossMix, Objective};
use crate::draw::Draw;
use crate::kernel::{Flex, FlexDevice};
use crate::model::architecture::Mlp;
use crate::model::{Array, Model, Network, Trained, Weights};
use crate::prune::{Granularity, Masks};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A linear classifier of two pixels and two classes, without bias, on images that are all (1, 2).
pub(super) struct Toy {
    weight: [f32; 4],
    labels: Vec<u16>,
    batch: usize,
    seed: u64,
    stop: bool,
    granularity: Granularity,
}

impl Toy {
    /// `weight` is `[out, in]`; one image for each of `labels`, in batches of one.
    pub fn new(weight: [f32; 4], labels: &[u16]) -> Self {
        let granularity = Granularity::Weight;
        Self { weight, labels: labels.to_vec(), batch: 1, seed: 0, stop: false, granularity }
    }

    pub fn batched(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    pub fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    pub fn in_units(self, granularity: Granularity) -> Self {
        Self { granularity, ..self }
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
        let graph = Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 1, 2], 2).unwrap();
        let weight = Array { shape: vec![2, 2], values: self.weight.to_vec() };
        let bias = Array { shape: vec![2], values: vec![0.0; 2] };
        let weights =
            Weights([("fc1.weight".into(), weight), ("fc1.bias".into(), bias)].into_iter().collect());
        let network = Trained::new(Arc::new(graph), weights).unwrap();
        let images = [1, 2].repeat(self.labels.len());
        self.with_network(&network, images, look)
    }

    /// The same for another network, on these images of one byte a value.
    pub fn with_network<T>(
        &self,
        network: &Trained,
        images: Vec<u8>,
        look: impl FnOnce(&ScoringContext<'_, Flex>) -> T,
    ) -> T {
        let graph = network.graph();
        let (image, classes) = (graph.input(), graph.classes());
        let train = Examples { images, labels: self.labels.clone() };
        let shape = Shape { image, classes, train: self.labels.len(), test: 0 };
        let dataset = Dataset { shape, train, test: Examples::default(), fingerprint: Fingerprint([0; 32]) };
        let splits = Splits {
            dataset: Arc::new(dataset),
            train: (0..self.labels.len() as u32).collect(),
            validation: Vec::new(),
            mean: vec![0.0; image[0]],
            deviation: vec![1.0; image[0]],
        };
        let network = Network::<Flex>::from_trained(network, &FlexDevice);
        let data = ScoringData {
            objective: Objective { loss: &LossMix::default(), teachers: None, wiring: None },
            splits: &splits,
            batch: self.batch,
            draw: &Draw::new(self.seed, "sparse/1"),
            device: &FlexDevice,
            movement: None,
            stop: &AtomicBool::new(self.stop),
        };
        let (layers, masks, granularity) = (&network.graph.prunable(), &Masks::default(), self.granularity);
        look(&ScoringContext { network: &network, layers, masks, granularity, data: &data })
    }
}

/// The scores of all layers of `network` on one image of zeros.
pub(super) fn scores(importance: &Importance, network: &Trained) -> Scores {
    let pixels = network.graph().input().iter().product();
    let score = |context: &ScoringContext<'_, Flex>| importance.assess(context).unwrap().scores;
    Toy::new([0.0; 4], &[0]).with_network(network, vec![0; pixels], score)
}
