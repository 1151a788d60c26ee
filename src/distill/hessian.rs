//! Products of the loss's Hessian with a vector.

use super::Objective;
use super::objective::Taught;
use crate::kernel::Kernel;
use crate::model::{Mode, Network};
use burn::tensor::{Int, Tensor};

impl<B: Kernel> Objective<'_, B> {
    /// H · v on one batch, for the Hessian H of the loss with respect to all parameters: the gradient of
    /// ⟨∂L/∂θ, v⟩ (Pearlmutter, 1994), exact but where a ReLU or a maximum has no derivative. `vector` and
    /// the product have an array for each slot of the network's graph; `None` is zero, and stands for running
    /// statistics in the product. The loss is of the network's logits divided by `temperature`.
    ///
    /// The network's own backward pass runs on `Autodiff`, so all operations are Burn's: many times slower than
    /// a training step.
    pub fn hessian_product(
        &self,
        network: &Network<B>,
        images: Tensor<B, 4>,
        labels: Tensor<B, 1, Int>,
        mode: Mode,
        vector: &[Option<Tensor<B, 1>>],
        temperature: f64,
    ) -> Vec<Option<Tensor<B, 1>>> {
        let taught = self
            .teach(&images)
            .map(|taught| Taught { said: taught.said.map(Tensor::from_inner), taps: Vec::new() });
        let tracked = network.tracked();
        let objective = Objective { loss: self.loss, teachers: None, wiring: None };
        let (images, labels) = (Tensor::from_inner(images), Tensor::from_inner(labels));
        let gradient = objective.gradient_with(&tracked, images, labels, taught, mode, temperature);
        let products = gradient.arrays.into_iter().zip(vector).filter_map(|(gradient, vector)| {
            Some((gradient? * Tensor::from_inner(vector.clone()?)).sum_dim(0))
        });
        let gradients = products.reduce(Tensor::add).map(|product| product.backward());
        let products = tracked.parameters.iter().map(|parameter| {
            let values = parameter.values();
            let zeros = || values.clone().inner().zeros_like();
            let product = || gradients.as_ref().and_then(|gradients| values.grad(gradients));
            parameter.slot().role.is_learned().then(|| product().unwrap_or_else(zeros))
        });
        products.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::Teachers;
    use crate::distill::loss::{CrossEntropy, Logits, LossMix, SoftLabels};
    use crate::draw::Draw;
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::architecture::{Mlp, Resnet};
    use crate::model::{Array, Model, Weights};
    use burn::tensor::TensorData;
    use std::sync::Arc;

    fn values(tensor: &Tensor<Flex, 1>) -> Vec<f32> {
        tensor.to_data().to_vec().unwrap()
    }

    // Logits W·x = 0 give p = (½, ½). Along W₀₀ and on x = (1, 2) the logits change by (1, 0), and p by
    // (diag(p) − p·pᵀ)·(1, 0) = (¼, −¼). The gradient (p − y)·xᵀ changes by that times xᵀ.
    #[test]
    fn is_that_of_a_softmax_regression() {
        let graph = Arc::new(Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 1, 2], 2).unwrap());
        let zeros =
            |shape: &[usize]| Array { shape: shape.into(), values: vec![0.0; shape.iter().product()] };
        let weights = graph.slots().iter().map(|slot| (slot.name.clone(), zeros(&slot.shape))).collect();
        let network = Network::<Flex>::new(graph, &Weights(weights), &FlexDevice);
        let objective = Objective { loss: &LossMix::default(), teachers: None, wiring: None };
        let images = Tensor::from_data([[[[1.0], [2.0]]]], &FlexDevice);
        let labels = Tensor::from_data([0], &FlexDevice);
        let vector = [Some(Tensor::from_data([1.0, 0.0, 0.0, 0.0], &FlexDevice)), None];
        let product = objective.hessian_product(&network, images, labels, Mode::Train, &vector, 1.0);
        let product: Vec<_> = product.iter().flatten().map(values).collect();
        assert_eq!(product, [vec![0.25, 0.5, -0.25, -0.5], vec![0.25, -0.25]]);
    }

    /// The distance of H · v from central finite differences of the gradient, relative to its length. The
    /// smallest over some steps: long ones cross points where a ReLU or a maximum has no derivative, short
    /// ones are rounded.
    fn relative_error(model: &Model, image: [usize; 3], loss: &LossMix, mode: Mode) -> f64 {
        let graph = Arc::new(model.graph(image, 10).unwrap());
        let new = |scope: &str| {
            let weights = Weights::initial(&graph, &Draw::new(0, scope));
            Network::<Flex>::new(Arc::clone(&graph), &weights, &FlexDevice)
        };
        let (network, direction, teacher) = (new("dense"), new("direction"), new("teacher"));
        let teachers = Teachers::one(teacher);
        let objective = Objective { loss, teachers: Some(&teachers), wiring: None };
        let [channels, height, width] = image;
        let pixels =
            (0..3 * channels * height * width).map(|pixel| ((pixel * 7919) % 251) as f32 / 125.0 - 1.0);
        let pixels = TensorData::new(pixels.collect(), [3, height, width, channels]);
        let images = Tensor::<Flex, 4>::from_data(pixels, &FlexDevice);
        let labels = Tensor::<Flex, 1, Int>::from_data([0, 4, 7], &FlexDevice);
        let is_learned = |slot: usize| graph.slots()[slot].role.is_learned();
        let along = |slot| is_learned(slot).then(|| direction.values(slot).clone());
        let vector: Vec<_> = (0..graph.slots().len()).map(along).collect();
        let product = objective.hessian_product(&network, images.clone(), labels.clone(), mode, &vector, 1.0);
        let product: Vec<f32> = product.iter().flatten().flat_map(values).collect();

        let gradient = |step: f64| {
            let mut moved = network.clone();
            for (parameter, along) in moved.parameters.iter_mut().zip(&vector) {
                if let Some(along) = along {
                    parameter.set_values(parameter.values().clone() + along.clone() * step);
                }
            }
            let gradient = objective.gradient(&moved, images.clone(), labels.clone(), mode);
            gradient.arrays.iter().flatten().flat_map(values).collect::<Vec<f32>>()
        };
        let length = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>().sqrt();
        let size = length(&product.iter().map(|&value| f64::from(value)).collect::<Vec<_>>());
        let errors = [1e-3, 1e-4, 3e-5, 1e-5].map(|step| {
            let differences = gradient(step).into_iter().zip(gradient(-step));
            let differences = differences.map(|(after, before)| f64::from(after - before) / (2.0 * step));
            let errors = differences.zip(&product).map(|(expected, &found)| expected - f64::from(found));
            length(&errors.collect::<Vec<_>>()) / size
        });
        errors.into_iter().fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn of_lenet_5_is_the_difference_of_gradients() {
        let error = relative_error(&Model::Lenet5, [1, 12, 12], &LossMix::default(), Mode::Train);
        assert!(error < 0.01, "{error}");
    }

    #[test]
    fn of_a_network_with_batch_norm_is_the_difference_of_gradients() {
        for mode in [Mode::Train, Mode::Evaluate] {
            let resnet = Model::Resnet(Resnet { depth: 8, width: 1 });
            let error = relative_error(&resnet, [3, 4, 4], &LossMix::default(), mode);
            assert!(error < 0.01, "{mode:?}: {error}");
        }
    }

    /// The term of logits is differentiated by Burn, so its gradient is by an `Autodiff` of `Autodiff`.
    #[test]
    fn of_every_loss_term_is_the_difference_of_gradients() {
        let loss = LossMix {
            cross_entropy: Some(CrossEntropy { weight: 0.5.into(), smoothing: 0.1 }),
            soft_labels: Some(SoftLabels::new(0.9, 4.0)),
            logits: Some(Logits::from(2.0)),
            ..LossMix::EMPTY
        };
        let error = relative_error(&Model::Mlp(Mlp { hidden: vec![20] }), [1, 4, 4], &loss, Mode::Train);
        assert!(error < 0.01, "{error}");
    }
}
