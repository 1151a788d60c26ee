//! The networks that train beside that of a training, and teach it as it teaches them.

use super::penalizer::Penalizer;
use super::stepper::Stepper;
use super::{Checkpoint, Training};
use crate::distill::{Gradient, LossMix, mutual_gradients};
use crate::kernel::Kernel;
use crate::model::Network;
use burn::tensor::{Int, Tensor};

/// The networks that train beside that of a training. Each has an optimizer of its own, and learned temperatures, where
/// the loss has any.
#[derive(Debug)]
pub(crate) struct PeerSteppers<'a, B: Kernel> {
    training: &'a Training,
    peers: Vec<(Stepper<'a, B>, Penalizer<'a>)>,
}

impl<'a, B: Kernel> PeerSteppers<'a, B> {
    /// Those that start as `starts`, each at step 0; `None` without any.
    pub fn new(starts: &[Checkpoint], training: &'a Training, device: &B::Device) -> Option<Self> {
        let peer = |start: &Checkpoint| {
            let stepper = Stepper::new(start, &training.optimizer, device);
            let stepper = stepper.learning(&training.loss, start, device);
            let penalizer = Penalizer::new(&training.penalty, stepper.network());
            (stepper, penalizer)
        };
        (!starts.is_empty()).then(|| Self { training, peers: starts.iter().map(peer).collect() })
    }

    /// The gradient in step `step` (from 0) of `network`, whose loss it is, as the peers teach it; each of them is taught
    /// by it and by the others, and takes its step. All hear what was said before the step.
    pub fn step(
        &mut self,
        network: &Network<B>,
        loss: LossMix,
        images: &Tensor<B, 4>,
        labels: &Tensor<B, 1, Int>,
        step: u64,
    ) -> Gradient<B> {
        let now = self.training.loss.at(step, self.training.steps);
        let peers = self.peers.iter().map(|(stepper, _)| (stepper.network(), stepper.learned(now.clone())));
        let networks: Vec<_> = [(network, loss)].into_iter().chain(peers).collect();
        let mut gradients = mutual_gradients(&networks, images, labels).into_iter();
        let own = gradients.next().expect("each network has a gradient");
        for ((stepper, penalizer), mut gradient) in self.peers.iter_mut().zip(gradients) {
            penalizer.add(stepper.network(), step, &mut gradient);
            stepper.step(gradient, self.training.learning_rate(step), step);
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Batch;
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::{Array, Graph, Trained, Weights, tensors};
    use crate::reference::assert_agree;
    use crate::train::Settings;
    use serde::Deserialize;
    use serde_json::json;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    #[derive(Deserialize)]
    struct Reference {
        networks: Vec<Of>,
        batches: Vec<Images>,
        /// Cross-entropy and divergence from the mean of the others, of the first network in each step.
        terms: Vec<[f64; 2]>,
    }

    #[derive(Deserialize)]
    struct Of {
        graph: Graph,
        initial: BTreeMap<String, Vec<f32>>,
        trained: BTreeMap<String, Vec<f64>>,
    }

    #[derive(Deserialize)]
    struct Images {
        images: Vec<f32>,
        labels: Vec<u16>,
    }

    fn reference() -> Reference {
        serde_json::from_str(include_str!("../../tests/reference/mutual.json")).unwrap()
    }

    fn training(loss: &serde_json::Value) -> Training {
        let settings: Settings = serde_json::from_value(json!({
            "steps": 4,
            "batch": 6,
            "optimizer": { "sgd": { "lr": 0.1, "momentum": 0.9, "weight-decay": 1e-3 } },
            "loss": loss,
        }))
        .unwrap();
        settings.resolve(24, 0)
    }

    fn start(of: &Of) -> Checkpoint {
        let arrays = of.graph.slots().iter().map(|slot| {
            let values = of.initial[&slot.name].clone();
            (slot.name.clone(), Array { shape: slot.shape.clone(), values })
        });
        let (graph, weights) = (Arc::new(of.graph.clone()), Weights(arrays.collect()));
        Checkpoint::start(Trained::new(graph, weights).unwrap())
    }

    /// All networks after `batches`, that of the training first, and the losses of that in each step.
    fn trained<'a>(
        training: &'a Training,
        networks: &[&Of],
        batches: &[Images],
    ) -> (Vec<Stepper<'a, Flex>>, Vec<Vec<f32>>) {
        let starts: Vec<Checkpoint> = networks.iter().map(|of| start(of)).collect();
        let own = Stepper::<Flex>::new(&starts[0], &training.optimizer, &FlexDevice);
        let mut own = own.learning(&training.loss, &starts[0], &FlexDevice);
        let mut peers = PeerSteppers::new(&starts[1..], training, &FlexDevice).unwrap();
        let mut terms = Vec::new();
        for (step, Images { images, labels }) in (0..).zip(batches) {
            let batch = Batch { images: images.clone(), labels: labels.clone() };
            let (images, labels) = tensors::<Flex>(batch, own.network().graph.input(), &FlexDevice);
            let loss = own.learned(training.loss.at(step, training.steps));
            let gradient = peers.step(own.network(), loss, &images, &labels, step);
            terms.push(gradient.terms.iter().map(|term| term.value.clone().into_scalar()).collect());
            own.step(gradient, training.learning_rate(step), step);
        }
        let peers = peers.peers.into_iter().map(|(stepper, _)| stepper);
        ([own].into_iter().chain(peers).collect(), terms)
    }

    fn mutual() -> serde_json::Value {
        json!({ "cross-entropy": { "weight": 1.0 }, "soft-labels": { "weight": 0.7, "temperature": 2.0 } })
    }

    #[test]
    fn networks_that_teach_each_other_become_what_they_do_in_pytorch() {
        let Reference { networks, batches, terms } = reference();
        let training = training(&mutual());
        let (found, values) = trained(&training, &networks.iter().collect::<Vec<_>>(), &batches);
        for (step, (values, expected)) in values.iter().zip(&terms).enumerate() {
            assert_agree(&format!("terms of step {step}"), values, expected, 0.0);
        }
        assert_eq!((found.len(), values.len()), (3, 4));
        for (number, (stepper, of)) in found.iter().zip(&networks).enumerate() {
            let weights = stepper.network().weights();
            for (name, expected) in &of.trained {
                let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
                assert_agree(
                    &format!("{name} of {number}"),
                    &weights.0[name].values,
                    expected,
                    0.01 * largest,
                );
            }
        }
    }

    #[test]
    fn equal_networks_have_nothing_to_teach_each_other() {
        let Reference { networks, batches, .. } = reference();
        let training = training(&mutual());
        let (found, terms) = trained(&training, &[&networks[0]; 2], &batches);
        assert_eq!(found[0].network().weights(), found[1].network().weights());
        assert!(terms.iter().all(|values| values[1].abs() < 1e-6), "{terms:?}");
    }

    #[test]
    fn each_network_learns_a_temperature_of_its_own() {
        let Reference { networks, batches, .. } = reference();
        let learned = json!({
            "cross-entropy": { "weight": 1.0 },
            "soft-labels": { "weight": 1.0, "temperature": { "learned": {} } },
        });
        let training = training(&learned);
        let (found, _) = trained(&training, &networks.iter().collect::<Vec<_>>(), &batches);
        let now = |stepper: &Stepper<'_, Flex>| stepper.learned(training.loss.at(4, 4)).temperatures()[0].1;
        let found: Vec<f64> = found.iter().map(now).collect();
        assert!(found[0] != found[1] && found[1] != found[2] && found[0] != found[2], "{found:?}");
    }
}
