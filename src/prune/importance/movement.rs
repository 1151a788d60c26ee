//! Movement away from zero.

use super::criterion::Criterion;
use super::{Assessment, Needs, Scores, ScoringContext};
use crate::distill::Gradient;
use crate::kernel::{Kernel, to_host};
use crate::model::{Graph, Network, Parameter, SlotId};
use crate::prune::{Masks, PruneError};
use burn::tensor::Tensor;

/// What [`MovementSum`] has added up.
#[derive(Debug)]
pub struct Movement;

impl Criterion for Movement {
    fn needs(&self) -> Needs {
        Needs::Weights
    }

    fn is_of_training(&self) -> bool {
        true
    }

    fn assess<B: Kernel>(&self, context: &ScoringContext<'_, B>) -> Result<Assessment, PruneError> {
        let movement = context.data.movement;
        Ok(movement.expect("the check asks for a schedule inside the training").clone().into())
    }
}

/// S = −Σ w · ∂L/∂w over the steps since the training began, for each weight: positive where a step along the
/// gradient moves the weight away from zero (Sanh et al., 2020). One array a layer, stored as its weight is.
#[derive(Debug)]
pub struct MovementSum<B: Kernel> {
    layers: Vec<String>,
    slots: Vec<SlotId>,
    sums: Vec<Parameter<B>>,
}

impl<B: Kernel> MovementSum<B> {
    /// Nothing has moved yet in the `layers` of `network`, which has `masks`.
    pub fn new(network: &Network<B>, layers: &[String], masks: &Masks) -> Self {
        let graph = &network.graph;
        let slot = |layer: &String| graph.weight_of(layer).expect("the stage's layers are prunable");
        let slots: Vec<SlotId> = layers.iter().map(slot).collect();
        let sum = |&slot: &SlotId| {
            let slot_of = &graph.slots()[slot];
            Parameter::new(slot_of.clone(), &vec![0.0; slot_of.size()], &network.values(slot).device())
        };
        let sums = slots.iter().map(sum).collect();
        let mut movement = Self { layers: layers.to_vec(), slots, sums };
        movement.remask(graph, masks);
        movement
    }

    /// Adds the step that `network` is about to take along `gradient`.
    pub fn add(&mut self, network: &Network<B>, gradient: &Gradient<B>) {
        for (sum, &slot) in self.sums.iter_mut().zip(&self.slots) {
            let gradient = gradient.arrays[slot].clone().expect("a weight has a gradient");
            sum.set_values(sum.values().clone() - network.values(slot).clone() * gradient);
        }
    }

    /// Stores the sums as a network with `masks` stores its weights.
    pub fn remask(&mut self, graph: &Graph, masks: &Masks) {
        for sum in &mut self.sums {
            let mask: Option<Vec<bool>> = masks.of_slot(graph, sum.slot()).map(|mask| mask.iter().collect());
            sum.remask(mask.as_deref());
        }
    }

    /// The sums on the host.
    pub fn scores(&self) -> Scores {
        let values: Vec<Tensor<B, 1>> = self.sums.iter().map(|sum| sum.values().clone()).collect();
        let arrays = self.sums.iter().zip(to_host(values)).map(|(sum, stored)| sum.array(stored).values);
        Scores(self.layers.iter().cloned().zip(arrays).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::{LossMix, Objective};
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::architecture::Mlp;
    use crate::model::{Array, Mode, Model, Weights};
    use std::sync::Arc;

    // The image is x = (1, 2) and the label 0. With W = [[1, 0], [0, 0.5]] the logits are 1 and 1, so both
    // classes have probability ½ and the gradient is (p − y)·xᵀ = [[−½, −1], [½, 1]]. −W∘g = [[½, 0], [0, −½]], and
    // twice that after two steps that leave W as it is.
    #[test]
    fn is_what_steps_along_the_gradient_add() {
        let graph = Arc::new(Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 1, 2], 2).unwrap());
        let array = |shape: &[usize], values: &[f32]| Array { shape: shape.into(), values: values.into() };
        let weights = [
            ("fc1.weight".to_owned(), array(&[2, 2], &[1.0, 0.0, 0.0, 0.5])),
            ("fc1.bias".to_owned(), array(&[2], &[0.0; 2])),
        ];
        let network = Network::<Flex>::new(graph, &Weights(weights.into_iter().collect()), &FlexDevice);
        let objective = Objective { loss: &LossMix::default(), teachers: None, wiring: None };
        let images = Tensor::from_data([[[[1.0], [2.0]]]], &FlexDevice);
        let labels = Tensor::from_data([0], &FlexDevice);
        let gradient = objective.gradient(&network, images, labels, Mode::Train);
        let mut movement = MovementSum::new(&network, &["fc1".to_owned()], &Masks::default());
        movement.add(&network, &gradient);
        movement.add(&network, &gradient);
        let found = &movement.scores().0["fc1"];
        let near =
            found.iter().zip([1.0, 0.0, 0.0, -1.0]).all(|(found, expected)| (found - expected).abs() < 1e-5);
        assert!(near, "{found:?}");
    }
}
