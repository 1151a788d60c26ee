//! The loss of a network on a batch, and its gradient.

use super::LossMix;
use crate::kernel::Kernel;
use crate::model::{Mode, Network};
use burn::tensor::{Int, Tensor};

/// What a training minimizes.
#[derive(Clone, Copy, Debug)]
pub struct Objective<'a, B: Kernel> {
    pub loss: &'a LossMix,
    pub label_smoothing: f64,
    pub teacher: Option<&'a Network<B>>,
}

/// Value and gradient on one batch, all off the gradient graph.
#[derive(Debug)]
pub struct Gradient<B: Kernel> {
    /// One a slot of the network's graph; `None` for running statistics.
    pub arrays: Vec<Option<Tensor<B, 1>>>,
    /// Weighted sum of the terms: a single value.
    pub loss: Tensor<B, 1>,
    /// Unweighted value of each term, by the name users write.
    pub terms: Vec<(&'static str, Tensor<B, 1>)>,
    /// New running statistics: (slot index, values).
    pub statistics: Vec<(usize, Tensor<B, 1>)>,
}

impl<B: Kernel> Objective<'_, B> {
    /// `images`: `[batch, channels, height, width]`, `labels`: `[batch]`. The teacher always runs in
    /// [`Mode::Evaluate`].
    pub fn gradient(
        &self,
        network: &Network<B>,
        images: Tensor<B, 4>,
        labels: Tensor<B, 1, Int>,
        mode: Mode,
    ) -> Gradient<B> {
        let _ = (network, images, labels, mode);
        todo!()
    }
}
