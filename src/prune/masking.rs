//! Masks that change while a training goes on.

use super::importance::ScoringData;
use super::regrow::{Exchange, Regrowth, exchange, rigl, set};
use super::schedule::Ramp;
use super::{Amount, Masks, PruneError, Pruning, Regrow, Request, prune};
use crate::distill::Objective;
use crate::kernel::{Kernel, to_host};
use crate::model::{Cost, LayerCost, Mode, Network, weight_name};
use burn::tensor::{Int, Tensor};
use serde::Serialize;

/// How masks change while a training goes on, in steps that it has taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Masking {
    /// The sparsity grows.
    Cubic(Ramp),
    /// Kept weights move to random places.
    Set(Regrowth),
    /// Kept weights move to where the gradient is largest.
    Rigl(Regrowth),
}

/// What a change of the masks looks at.
#[derive(Debug)]
pub struct MaskChange<'a, B: Kernel> {
    /// Steps taken since the training began.
    pub step: u64,
    pub network: &'a Network<B>,
    pub masks: &'a Masks,
    /// The masks that the training began with.
    pub first: &'a Masks,
    /// What the round prunes.
    pub pruning: &'a Pruning,
    /// What the network costs that the first pruning began with.
    pub origin: &'a Cost,
    pub data: &'a ScoringData<'a, B>,
    /// What the training minimizes.
    pub objective: Objective<'a, B>,
    /// The batch of the step.
    pub batch: &'a (Tensor<B, 4>, Tensor<B, 1, Int>),
}

impl Masking {
    pub fn of_regrow(regrow: &Regrow, regrowth: Regrowth) -> Self {
        match regrow {
            Regrow::Set(_) => Self::Set(regrowth),
            Regrow::Rigl(_) => Self::Rigl(regrowth),
        }
    }

    /// Whether the masks change before step `step`.
    pub fn is_due(&self, step: u64) -> bool {
        match self {
            Self::Cubic(ramp) => ramp.is_due(step),
            Self::Set(regrowth) | Self::Rigl(regrowth) => regrowth.is_due(step),
        }
    }

    /// Whether a change takes the place of the step's weight update.
    pub fn replaces_update(&self) -> bool {
        match self {
            Self::Cubic(_) | Self::Set(_) => false,
            Self::Rigl(_) => true,
        }
    }

    /// Whether the network has reached its target after `steps` steps.
    pub fn has_reached_target(&self, steps: u64) -> bool {
        match self {
            Self::Cubic(ramp) => steps > ramp.end,
            Self::Set(_) | Self::Rigl(_) => true,
        }
    }

    /// Whether the training begins with the masks that its network had, and not with those of its round.
    pub fn prunes_later(&self) -> bool {
        match self {
            Self::Cubic(_) => true,
            Self::Set(_) | Self::Rigl(_) => false,
        }
    }

    /// The masks after a change.
    pub fn change<B: Kernel>(&self, at: &MaskChange<'_, B>) -> Result<Masks, PruneError> {
        match self {
            Self::Cubic(ramp) => at.pruned(ramp.part(at.step)),
            Self::Set(regrowth) => {
                Ok(at
                    .exchanged(|place, weights| set::exchange(regrowth, weights, at.data.draw, place as u64)))
            }
            Self::Rigl(regrowth) => {
                let gradients = at.gradients();
                Ok(at.exchanged(|place, _| rigl::exchange(regrowth, at.step, &gradients[place])))
            }
        }
    }
}

impl<B: Kernel> MaskChange<'_, B> {
    /// The masks when `part` of the way to what the round asks for is behind.
    fn pruned(&self, part: f64) -> Result<Masks, PruneError> {
        let between = |first: f64, last: Amount| match last {
            Amount::To(last) => Amount::To(if part < 1.0 { first + (last - first) * part } else { last }),
            Amount::Rate(_) | Amount::Toward { .. } => unreachable!("a cubic schedule asks for shares"),
        };
        let now = Cost::of(&self.network.graph);
        let sparsity = |layers: &[String]| {
            let is_meant = |layer: &&LayerCost| layers.contains(&layer.name);
            let kept: u64 = now.layers.iter().filter(is_meant).map(|layer| self.first.kept_in(layer)).sum();
            let total: u64 = self.origin.layers.iter().filter(is_meant).map(|layer| layer.weights).sum();
            1.0 - kept as f64 / total as f64
        };
        let request = match &self.pruning.request {
            Request::Overall(last) => Request::Overall(between(sparsity(&self.pruning.layers), *last)),
            Request::Layers(layers) => Request::Layers(
                layers
                    .iter()
                    .map(|(layer, last)| {
                        (layer.clone(), between(sparsity(std::slice::from_ref(layer)), *last))
                    })
                    .collect(),
            ),
            Request::Spread { by, amount } => {
                Request::Spread { by: *by, amount: between(sparsity(&self.pruning.layers), *amount) }
            }
            Request::Scan { .. }
            | Request::Budget { .. }
            | Request::Threshold(_)
            | Request::Groups { .. } => {
                unreachable!(
                    "the check refuses a cubic schedule to another target than a sparsity, or with a scan"
                )
            }
        };
        let pruning = Pruning { request, ..self.pruning.clone() };
        Ok(prune(&pruning, self.network.trained(), self.masks.clone(), self.origin, self.data)?.masks)
    }

    /// The masks after each layer of the round exchanges what `exchanged` says for its place in the masks and its
    /// weights.
    fn exchanged(&self, exchanged: impl Fn(usize, &[f32]) -> Exchange) -> Masks {
        let weights = self.network.weights();
        let mut masks = self.masks.clone();
        for (place, (layer, mask)) in masks.0.iter_mut().enumerate() {
            if self.pruning.layers.contains(layer) {
                let weights = &weights.0[&weight_name(layer)].values;
                *mask = exchange(mask, weights, &exchanged(place, weights));
            }
        }
        masks
    }

    /// The gradient of the weights of each mask, masked ones included, on the batch.
    fn gradients(&self) -> Vec<Vec<f32>> {
        let dense = Network::from_trained(&self.network.trained(), self.data.device);
        let (images, labels) = self.batch.clone();
        let mut arrays = self.objective.gradient(&dense, images, labels, Mode::Train).arrays;
        let slots: Vec<usize> = self
            .masks
            .0
            .keys()
            .map(|layer| dense.graph.weight_of(layer).expect("masks are of layers"))
            .collect();
        let gradients =
            to_host(slots.iter().map(|&slot| arrays[slot].take().expect("a weight has a gradient")));
        let parameters = slots.iter().map(|&slot| &dense.parameters[slot]);
        parameters.zip(gradients).map(|(parameter, stored)| parameter.array(stored).values).collect()
    }
}
