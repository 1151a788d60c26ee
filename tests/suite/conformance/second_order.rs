//! Products of the Hessian with a vector, which differentiate the backward pass.

use super::others;
use burn::tensor::{Int, Tensor, TensorData};
use niwaki::backend::{BackendKind, WithBackend, with_backend};
use niwaki::distill::{LossMix, Objective};
use niwaki::draw::Draw;
use niwaki::kernel::{Kernel, to_host};
use niwaki::model::architecture::Resnet;
use niwaki::model::{Array, Mode, Model, Network, Parameter, Weights};
use std::sync::Arc;

/// H · g of a small network with strides, shortcuts and batch norm, for the gradient g.
struct HessianProduct(Mode);

impl WithBackend for HessianProduct {
    /// By the name of the parameter, in PyTorch's order.
    type Output = Vec<(String, Array)>;

    fn call<B: Kernel>(self, device: B::Device) -> Self::Output {
        let graph =
            Arc::new(Model::Resnet(Resnet { depth: 8, width: 1 }).graph([3, 12, 12], 10).expect("it fits"));
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let network = Network::<B>::new(graph, &weights, &device);
        let pixels = (0..8 * 3 * 12 * 12).map(|pixel: u32| ((pixel * 7919) % 251) as f32 / 125.0 - 1.0);
        let pixels = TensorData::new(pixels.collect(), [8, 12, 12, 3]);
        let images = Tensor::<B, 4>::from_data(pixels, &device);
        let labels = Tensor::<B, 1, Int>::from_data([0, 4, 7, 1, 2, 3, 9, 8], &device);
        let objective = Objective { loss: &LossMix::default(), teachers: None, wiring: None };
        let gradient = objective.gradient(&network, images.clone(), labels.clone(), self.0).arrays;
        let products = objective.hessian_product(&network, images, labels, self.0, &gradient, 1.0);
        let products = network.parameters.iter().zip(products);
        let array = |(parameter, product): (&Parameter<B>, Option<Tensor<B, 1>>)| {
            let values = to_host([product?]).remove(0);
            Some((parameter.slot().name.clone(), parameter.array(values)))
        };
        products.filter_map(array).collect()
    }
}

#[test]
fn hessian_products_are_alike() {
    for mode in [Mode::Train, Mode::Evaluate] {
        let expected = with_backend(BackendKind::Flex, HessianProduct(mode)).expect("Flex is always there");
        for kind in others() {
            let found = with_backend(kind, HessianProduct(mode)).expect("it is available");
            assert_eq!(found.len(), expected.len(), "{kind}");
            for ((name, found), (_, expected)) in found.iter().zip(&expected) {
                let length = |values: &mut dyn Iterator<Item = f32>| {
                    values.map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt()
                };
                let pairs = found.values.iter().zip(&expected.values);
                let gap = length(&mut pairs.map(|(found, expected)| found - expected));
                let size = length(&mut expected.values.iter().copied());
                assert!(gap <= 1e-4 * size, "{name} on {kind}, {mode:?}: {gap:e} of {size:e}");
            }
        }
    }
}
