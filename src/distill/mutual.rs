//! The gradients of networks that teach each other while they train (deep mutual learning; Zhang et al., 2018).

use super::loss::LossMix;
use super::objective::{Gradient, Objective, Taught};
use super::teachers::{Said, Teaching};
use crate::kernel::Kernel;
use crate::model::{Mode, Network};
use burn::tensor::{Int, Tensor};
use std::sync::Arc;

/// The gradient of each network in training, by the loss that it has here: its teachers are all the others, with what
/// they give for the same images in this pass. No gradient goes through what a network hears. For losses of the logits
/// alone.
///
/// `images`: `[batch, height, width, channels]`, `labels`: `[batch]`. Each network computes one forward and one backward
/// pass.
pub fn mutual_gradients<B: Kernel>(
    networks: &[(&Network<B>, LossMix)],
    images: &Tensor<B, 4>,
    labels: &Tensor<B, 1, Int>,
) -> Vec<Gradient<B>> {
    let teaching = Arc::new(Teaching::of_equals(networks.len() - 1));
    let record = |(network, _): &(&Network<B>, LossMix)| network.record(images.clone(), Mode::Train);
    let passes: Vec<_> = networks.iter().map(record).collect();
    let logits: Vec<_> = passes.iter().map(|(forward, _)| forward.logits.clone()).collect();
    let gradient = |(number, ((network, loss), pass)): (usize, (&(&Network<B>, LossMix), _))| {
        let others = logits.iter().enumerate().filter(|(other, _)| *other != number);
        let others = others.map(|(_, logits)| Some(logits.clone())).collect();
        let taught = Taught { said: Said::new(Arc::clone(&teaching), others), taps: Vec::new() };
        let objective = Objective { loss, teachers: None, wiring: None };
        objective.gradient_of(network, pass, labels.clone(), Some(taught), 1.0)
    };
    networks.iter().zip(passes).enumerate().map(gradient).collect()
}
