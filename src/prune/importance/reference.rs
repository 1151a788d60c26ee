//! A small network scored by PyTorch: `tests/reference/importance.py` says how.

use super::{Importance, ScoringContext, ScoringData};
use crate::data::{Dataset, Examples, Fingerprint, Shape, Splits};
use crate::distill::{LossMix, Objective};
use crate::draw::Draw;
use crate::kernel::{Flex, FlexDevice};
use crate::model::{Array, Builder, Conv2d, Cost, Graph, Network, Op, Trained, Weights, weight_name};
use crate::prune::testing::round;
use crate::prune::{Amount, Granularity, Mask, Masks, Pruned, Pruning, Request, prune};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const SHAPE: Shape = Shape { image: [2, 6, 6], classes: 3, train: 7, test: 0 };

/// How far a value may be off, relative to it or, where it is smaller, to the median of the sizes of its layer, as it
/// is a sum in single precision of values of about that size, which may cancel.
const TOLERANCE: f32 = 1e-4;

/// Values by layer.
type Layers<T> = BTreeMap<String, T>;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Reference {
    batch: usize,
    /// The order in which the images are drawn, batch by batch.
    order: Vec<Vec<u32>>,
    images: Vec<Vec<u8>>,
    labels: Vec<u16>,
    weights: BTreeMap<String, Vec<f32>>,
    /// The masks before the pruning, where there are some; 1 where a weight is kept.
    masked: Layers<String>,
    /// That the network is pruned to.
    sparsity: f64,
    scores: BTreeMap<String, Layers<Vec<f32>>>,
    masks: BTreeMap<String, Layers<String>>,
    pruned: BTreeMap<String, Layers<Vec<f32>>>,
    #[serde(skip)]
    before: Masks,
}

impl Reference {
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../../../tests/reference/importance.json")).unwrap()
    }

    /// With the masks that the network has in some tests.
    pub fn pruned(mut self) -> Self {
        self.before = masks(&self.masked);
        self
    }

    /// What `look` finds in the context that importances score in.
    pub fn in_context<T>(&self, look: impl FnOnce(&ScoringContext<'_, Flex>) -> T) -> T {
        self.with(|data, network| {
            let network = &Network::<Flex>::from_trained(&network, &FlexDevice);
            let layers = &network.graph.prunable();
            let granularity = Granularity::Weight;
            look(&ScoringContext { network, layers, masks: &self.before, granularity, data })
        })
    }

    /// Asserts that `importance` scores what the script calls `name`, to within a ten-thousandth of each score.
    pub fn assert_scores(&self, name: &str, importance: &Importance) {
        let found = self.in_context(|context| importance.assess(context).unwrap().scores.0);
        assert_near(name, found.into_iter().collect(), &self.scores[name]);
    }

    /// Asserts that `importance` scores what the script calls `name`, and leaves exactly the masks of the script.
    pub fn assert_scores_and_masks(&self, name: &str, importance: &Importance) {
        self.assert_scores(name, importance);
        self.assert_masks(name, importance);
    }

    /// Asserts that pruning leaves exactly the masks of the script.
    pub fn assert_masks(&self, name: &str, importance: &Importance) {
        assert_eq!(self.prune(importance).masks, masks(&self.masks[name]), "{name}");
    }

    /// Asserts that pruning leaves the masks of the script, and its weights.
    pub fn assert_pruned(&self, name: &str, importance: &Importance) {
        let Pruned { network, masks: found, .. } = self.prune(importance);
        assert_eq!(found, masks(&self.masks[name]), "{name}");
        let weights = |layer: String| {
            let values = network.weights().0[&weight_name(&layer)].values.clone();
            (layer, values)
        };
        assert_near(name, network.graph().prunable().into_iter().map(weights).collect(), &self.pruned[name]);
    }

    fn prune(&self, importance: &Importance) -> Pruned {
        self.with(|data, network| {
            let request = Request::Overall(Amount::To(self.sparsity));
            let importance = importance.clone();
            let pruning = Pruning { importance, ..round(network.graph().prunable(), request) };
            let origin = Cost::of(network.graph());
            prune(&pruning, network, self.before.clone(), &origin, data).unwrap()
        })
    }

    /// What `look` finds on the images, with the network.
    fn with<T>(&self, look: impl FnOnce(&ScoringData<'_, Flex>, Trained) -> T) -> T {
        let train = Examples { images: self.images.concat(), labels: self.labels.clone() };
        let dataset =
            Dataset { shape: SHAPE, train, test: Examples::default(), fingerprint: Fingerprint([0; 32]) };
        let splits = Splits {
            dataset: Arc::new(dataset),
            train: (0..7).collect(),
            validation: Vec::new(),
            mean: vec![128.0; 2],
            deviation: vec![64.0; 2],
        };
        let graph = Arc::new(graph());
        let array =
            |name: &str, shape: &[usize]| Array { shape: shape.into(), values: self.weights[name].clone() };
        let arrays = graph.slots().iter().map(|slot| (slot.name.clone(), array(&slot.name, &slot.shape)));
        let mut weights = Weights(arrays.collect());
        self.before.apply(&mut weights);
        let data = ScoringData {
            objective: Objective { loss: &LossMix::default(), teachers: None, wiring: None },
            splits: &splits,
            batch: self.batch,
            draw: &Draw::new(1, "sparse/1"),
            device: &FlexDevice,
            movement: None,
            stop: &AtomicBool::new(false),
        };
        look(&data, Trained::new(graph, weights).unwrap())
    }
}

fn graph() -> Graph {
    let mut builder = Builder::new(SHAPE.image, SHAPE.classes);
    let three = |output, stride| Op::Conv2d(Conv2d { bias: true, stride, ..Conv2d::three(output) });
    let linear = |output| Op::Linear { output, bias: true };
    let nodes = [
        ("conv1", three(3, 1)),
        ("bn1", Op::BatchNorm),
        ("relu1", Op::Relu),
        ("pool1", Op::MaxPool { kernel: 2, stride: 2 }),
        ("conv2", three(4, 2)),
        ("relu2", Op::Relu),
        ("flatten", Op::Flatten),
        ("fc1", linear(5)),
        ("relu3", Op::Relu),
        ("fc2", linear(3)),
    ];
    let mut last = Builder::INPUT;
    for (name, op) in nodes {
        last = builder.add(name, op, &[last]).unwrap();
    }
    builder.finish(last).unwrap()
}

fn masks(bits: &Layers<String>) -> Masks {
    let mask = |bits: &String| bits.chars().map(|bit| bit == '1').collect::<Mask>();
    Masks(bits.iter().map(|(layer, bits)| (layer.clone(), mask(bits))).collect())
}

fn assert_near(name: &str, found: Layers<Vec<f32>>, expected: &Layers<Vec<f32>>) {
    assert!(found.keys().eq(expected.keys()), "{name}");
    for (layer, found) in found {
        let expected = &expected[&layer];
        let mut sizes: Vec<f32> =
            expected.iter().map(|value| value.abs()).filter(|size| *size > 0.0).collect();
        sizes.sort_by(f32::total_cmp);
        let median = sizes[sizes.len() / 2];
        let near = |(found, expected): (&f32, &f32)| {
            (found - expected).abs() <= TOLERANCE * expected.abs().max(median)
        };
        let is_near = found.len() == expected.len() && found.iter().zip(expected).all(near);
        assert!(is_near, "{name} of {layer}: {found:?} is not {expected:?}");
    }
}

#[test]
fn images_are_drawn_in_the_order_of_the_script() {
    let reference = Reference::load();
    let found: Vec<Vec<u32>> = reference.with(|data, _| {
        let mut order = data.order();
        (0..3).map(|step| order.indices(step).to_vec()).collect()
    });
    assert_eq!(found, reference.order);
}
