//! One optimizer step: gradients update the parameters, and masked weights stay zero.

use super::{Checkpoint, Optimizer};
use crate::distill::{Gradient, LossMix, Places, Temperatures, Wiring};
use crate::kernel::{Kernel, to_host};
use crate::model::{Array, Network, Parameter};
use crate::prune::Masks;

/// A network in training, with its masks and its optimizer.
#[derive(Debug)]
pub(crate) struct Stepper<'a, B: Kernel> {
    network: Network<B>,
    masks: Masks,
    optimizer: &'a Optimizer,
    /// What the loss needs that looks inside the network, with the arrays that are trained beside it.
    wiring: Option<Wiring<B>>,
    /// The temperatures of the loss that are learned.
    temperatures: Option<Temperatures<B>>,
    /// The step at which the optimizer state was empty: bias corrections count from it.
    fresh_at: u64,
}

impl<'a, B: Kernel> Stepper<'a, B> {
    /// Goes on from `start`. Optimizer state that is of another optimizer is ignored.
    pub fn new(start: &Checkpoint, optimizer: &'a Optimizer, device: &B::Device) -> Self {
        let mut network = Network::from_trained(&start.network, device);
        let mut fresh_at = start.step;
        for parameter in &mut network.parameters {
            if let Some(state) = state_of(parameter, start, optimizer) {
                parameter.set_state(&state);
                fresh_at = start.fresh_at;
            }
        }
        let (masks, wiring, temperatures) = (Masks::default(), None, None);
        let mut stepper = Self { network, masks, optimizer, wiring, temperatures, fresh_at };
        stepper.remask(&start.masks);
        stepper
    }

    /// The same with `wiring`, whose arrays are trained too; where they are those of `start`, so is their optimizer state.
    pub fn wired(mut self, mut wiring: Option<Wiring<B>>, start: &Checkpoint) -> Self {
        for array in wiring.iter_mut().flat_map(Wiring::arrays_going_on) {
            if let Some(state) = state_of(array, start, self.optimizer) {
                array.set_state(&state);
            }
        }
        self.wiring = wiring;
        self
    }

    /// The same with what `loss` has that is learned, from `start` on.
    pub fn learning(mut self, loss: &LossMix, start: &Checkpoint, device: &B::Device) -> Self {
        let mut temperatures = Temperatures::new(loss, &self.network.graph, &start.beside, device);
        for array in temperatures.arrays_mut() {
            if let Some(state) = state_of(array, start, self.optimizer) {
                array.set_state(&state);
            }
        }
        self.temperatures = Some(temperatures);
        self
    }

    /// A `loss` that is as it is at a step, with what has been learned by then.
    pub fn learned(&self, loss: LossMix) -> LossMix {
        match &self.temperatures {
            Some(temperatures) => temperatures.of(loss),
            None => loss,
        }
    }

    pub fn wiring(&self) -> Option<&Wiring<B>> {
        self.wiring.as_ref()
    }

    /// Says which images the next batch has, for a loss that keeps something of each.
    pub fn contrast(&mut self, places: Option<Places>, device: &B::Device) {
        if let (Some(wiring), Some(places)) = (&mut self.wiring, places) {
            wiring.contrast(places, device);
        }
    }

    pub fn network(&self) -> &Network<B> {
        &self.network
    }

    pub fn masks(&self) -> &Masks {
        &self.masks
    }

    /// Takes step `step` (from 0) along `gradient`. Masked weights stay zero.
    pub fn step(&mut self, gradient: Gradient<B>, lr: f64, step: u64) {
        let step = step + 1 - self.fresh_at;
        for (parameter, gradient) in self.network.parameters.iter_mut().zip(gradient.arrays) {
            if let Some(gradient) = gradient {
                self.optimizer.step(parameter, gradient, lr, step);
            }
        }
        let beside = self.wiring.iter_mut().flat_map(Wiring::arrays_mut);
        for (array, gradient) in beside.zip(gradient.beside) {
            self.optimizer.step(array, gradient, lr, step);
        }
        if let Some(wiring) = &mut self.wiring {
            wiring.keep(gradient.kept);
        }
        let learned = self.temperatures.iter_mut().flat_map(Temperatures::arrays_mut);
        for (array, gradient) in learned.zip(gradient.temperatures) {
            self.optimizer.step(array, gradient, lr, step);
        }
        for (slot, values) in gradient.statistics {
            self.network.parameters[slot].set_values(values);
        }
        #[cfg(any(test, feature = "checks"))]
        assert!(self.masks.is_respected_by(&self.network.weights()), "pruned stays pruned: step {step}");
    }

    /// Replaces the masks. Newly masked weights become zero, and regrown ones start at zero with fresh optimizer
    /// state; all others stay as they are.
    pub fn remask(&mut self, masks: &Masks) {
        masks.remask(&mut self.network);
        self.masks = masks.clone();
    }

    /// Everything needed to go on after `step` steps.
    pub fn checkpoint(&self, step: u64) -> Checkpoint {
        let learned = self.temperatures.iter().flat_map(Temperatures::arrays);
        let parameters = self.network.parameters.iter();
        let parameters = parameters.chain(self.wiring.iter().flat_map(Wiring::arrays)).chain(learned.clone());
        let states = parameters.clone().flat_map(|parameter| parameter.state().iter().cloned());
        let mut states = to_host(states).into_iter();
        let state = parameters.flat_map(|parameter| {
            let names = self.optimizer.state_names().iter().take(parameter.state().len());
            let names = names.map(|name| format!("{name}.{}", parameter.slot().name));
            names.zip(states.by_ref().map(|state| parameter.array(state))).collect::<Vec<_>>()
        });
        let values = to_host(learned.clone().map(|array| array.values().clone()));
        let thetas =
            learned.zip(values).map(|(array, values)| (array.slot().name.clone(), array.array(values)));
        Checkpoint {
            step,
            network: self.network.trained(),
            masks: self.masks.clone(),
            optimizer: state.collect(),
            beside: self.wiring.as_ref().map(Wiring::beside).into_iter().flatten().chain(thetas).collect(),
            fresh_at: self.fresh_at,
        }
    }
}

/// The state of `parameter` in a checkpoint; `None` unless there is an array of every name that `optimizer` has.
fn state_of<'a, B: Kernel>(
    parameter: &Parameter<B>,
    start: &'a Checkpoint,
    optimizer: &Optimizer,
) -> Option<Vec<&'a Array>> {
    let names = optimizer.state_names().iter();
    names.map(|name| start.optimizer.get(&format!("{name}.{}", parameter.slot().name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distill::{LossMix, Objective};
    use crate::draw::Draw;
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::architecture::Mlp;
    use crate::model::{Graph, Mode, Model, Trained, Weights, tensors};
    use crate::train::{Adam, Sgd};
    use std::sync::Arc;

    /// Masks that keep one weight in so many of fc1, fc2 and fc3; 0 keeps none.
    fn masks(graph: &Graph, kept_of: [usize; 3]) -> Masks {
        let mut masks = Masks::full(graph, &graph.prunable());
        for (layer, kept_of) in ["fc1", "fc2", "fc3"].into_iter().zip(kept_of) {
            let mask = masks.0.get_mut(layer).unwrap();
            let is_kept = |index: usize| kept_of > 0 && index % kept_of == kept_of / 2;
            *mask = (0..mask.size()).map(is_kept).collect();
        }
        masks
    }

    fn gradient(network: &Network<Flex>) -> Gradient<Flex> {
        let images = (0..7 * 100).map(|value| (value % 13) as f32 / 6.0 - 1.0).collect();
        let batch = crate::data::Batch { images, labels: vec![0, 1, 2, 3, 4, 5, 6] };
        let (images, labels) = tensors(batch, [1, 10, 10], &FlexDevice);
        let objective = Objective { loss: &LossMix::default(), teachers: None, wiring: None };
        objective.gradient(network, images, labels, Mode::Train)
    }

    fn step(stepper: &mut Stepper<'_, Flex>, step: u64) {
        let gradient = gradient(stepper.network());
        stepper.step(gradient, 0.1, step);
    }

    /// A checkpoint after step 4 with optimizer state for every weight, the masked ones too, of a network of
    /// which fc1 keeps a quarter and fc2 nothing, both stored sparse, and fc3 half, stored dense with a mask.
    fn start(optimizer: &Optimizer) -> Checkpoint {
        let graph = Arc::new(Model::Mlp(Mlp { hidden: vec![100, 100] }).graph([1, 10, 10], 10).unwrap());
        let weights = Weights::initial(&graph, &Draw::new(0, "dense"));
        let state = graph.slots().iter().flat_map(|slot| {
            let array = Array { shape: slot.shape.clone(), values: vec![0.5; slot.size()] };
            let names = optimizer.state_names().iter();
            names.map(move |name| (format!("{name}.{}", slot.name), array.clone()))
        });
        let (optimizer, masks) = (state.collect(), masks(&graph, [4, 0, 2]));
        assert_eq!(masks.0["fc2"].kept(), 0);
        let network = Trained::new(graph, weights).unwrap();
        Checkpoint { step: 4, optimizer, fresh_at: 1, ..Checkpoint::start(network) }.masked(masks)
    }

    fn optimizers() -> [Optimizer; 2] {
        let sgd = Sgd { lr: 0.1, momentum: 0.9, nesterov: false, weight_decay: 1e-3 };
        [Optimizer::Sgd(sgd), Optimizer::Adam(Adam::default())]
    }

    #[test]
    fn pruned_stays_pruned_after_every_step() {
        for optimizer in optimizers() {
            let start = start(&optimizer);
            let mut stepper = Stepper::<Flex>::new(&start, &optimizer, &FlexDevice);
            let is_sparse: Vec<_> = stepper.network().parameters.iter().map(Parameter::is_sparse).collect();
            assert_eq!(is_sparse, [true, false, true, false, false, false]);
            for index in 4..7 {
                let before = stepper.network().weights();
                step(&mut stepper, index);
                let after = stepper.network().weights();
                assert!(start.masks.is_respected_by(&after), "step {index} with {optimizer:?}");
                assert_ne!(before, after);
            }
        }
    }

    #[test]
    #[should_panic(expected = "pruned stays pruned")]
    fn every_step_of_a_test_checks_that_masked_weights_are_zero() {
        let [optimizer, _] = optimizers();
        let mut stepper = Stepper::<Flex>::new(&start(&optimizer), &optimizer, &FlexDevice);
        // The parameters know nothing of this mask.
        stepper.masks = masks(&stepper.network.graph, [4, 0, 5]);
        step(&mut stepper, 4);
    }

    #[test]
    fn a_training_goes_on_from_a_checkpoint_as_if_never_interrupted() {
        for optimizer in optimizers() {
            let mut stepper = Stepper::<Flex>::new(&start(&optimizer), &optimizer, &FlexDevice);
            (4..6).for_each(|index| step(&mut stepper, index));
            let checkpoint = stepper.checkpoint(6);
            assert_eq!(checkpoint.fresh_at, 1);
            let mut other = Stepper::<Flex>::new(&checkpoint, &optimizer, &FlexDevice);
            for stepper in [&mut stepper, &mut other] {
                step(stepper, 6);
            }
            assert_eq!(stepper.checkpoint(7), other.checkpoint(7));
        }
    }

    // Adam's bias corrections count from where its state was empty, and not from the first step.
    #[test]
    fn state_that_was_fresh_after_some_steps_counts_from_there() {
        let [sgd, adam] = optimizers();
        let mut stepper = Stepper::<Flex>::new(&start(&sgd), &adam, &FlexDevice);
        step(&mut stepper, 4);
        let checkpoint = stepper.checkpoint(5);
        assert_eq!(checkpoint.fresh_at, 4);
        let mut other = Stepper::<Flex>::new(&checkpoint, &adam, &FlexDevice);
        for stepper in [&mut stepper, &mut other] {
            step(stepper, 5);
        }
        assert_eq!(stepper.checkpoint(6), other.checkpoint(6));
    }

    // The new masks drop a half of fc1's weights and regrow others, fill the empty fc2 and thin out fc3.
    #[test]
    fn remasking_is_a_new_training_with_those_masks_and_fresh_state_where_weights_regrow() {
        for optimizer in optimizers() {
            let mut stepper = Stepper::<Flex>::new(&start(&optimizer), &optimizer, &FlexDevice);
            (4..6).for_each(|index| step(&mut stepper, index));
            let before = stepper.checkpoint(6);
            let masks = masks(&stepper.network.graph, [6, 3, 6]);
            stepper.remask(&masks);

            let mut expected = before.clone().masked(masks.clone());
            for (name, array) in &mut expected.optimizer {
                let layer = ["fc1", "fc2", "fc3"]
                    .into_iter()
                    .find(|layer| name.ends_with(&format!("{layer}.weight")));
                let Some(layer) = layer else { continue };
                let kept = before.masks.0[layer]
                    .iter()
                    .zip(masks.0[layer].iter())
                    .map(|(before, now)| before && now);
                array
                    .values
                    .iter_mut()
                    .zip(kept)
                    .filter(|(_, kept)| !kept)
                    .for_each(|(value, _)| *value = 0.0);
            }
            assert_eq!(stepper.checkpoint(6), expected);
            let mut other = Stepper::<Flex>::new(&expected, &optimizer, &FlexDevice);
            for index in 6..8 {
                for stepper in [&mut stepper, &mut other] {
                    step(stepper, index);
                }
            }
            let (after, other) = (stepper.checkpoint(8), other.checkpoint(8));
            assert_eq!(after, other);
            assert!(masks.is_respected_by(after.network.weights()));
        }
    }
}
