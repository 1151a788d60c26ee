//! A graph with its parameters on a device, interpreted with Burn.

use super::{Graph, Weights};
use crate::data::Batch;
use crate::kernel::Kernel;
use burn::tensor::{Int, Tensor};
use std::sync::Arc;

/// Parameters on a device. Every array is kept flat, `Tensor<B, 1>`, and reshaped where it is used, so
/// that optimizers and masks see one kind of tensor.
#[derive(Clone, Debug)]
pub struct Network<B: Kernel> {
    pub graph: Arc<Graph>,
    /// One a slot of the graph, in its order.
    pub arrays: Vec<Tensor<B, 1>>,
}

/// Batch norm uses the batch's own statistics when training, the running ones when evaluating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Train,
    Evaluate,
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Forward<B: Kernel> {
    /// `[batch, classes]`
    pub logits: Tensor<B, 2>,
    /// In training, the new running statistics: (slot index, values). Detached from the gradient graph
    /// is the caller's to do.
    pub statistics: Vec<(usize, Tensor<B, 1>)>,
}

impl<B: Kernel> Network<B> {
    /// Puts `weights`, which must be of `graph`, on `device`.
    pub fn new(graph: Arc<Graph>, weights: &Weights, device: &B::Device) -> Self {
        let _ = (graph, weights, device);
        todo!()
    }

    /// Copies the arrays back to the host.
    pub fn weights(&self) -> Weights {
        todo!()
    }

    /// `images`: `[batch, channels, height, width]`.
    pub fn forward(&self, images: Tensor<B, 4>, mode: Mode) -> Forward<B> {
        let _ = (images, mode);
        todo!()
    }
}

/// Puts a batch on `device`: images `[batch, channels, height, width]` and labels `[batch]`.
pub fn tensors<B: Kernel>(
    batch: &Batch,
    image: [usize; 3],
    device: &B::Device,
) -> (Tensor<B, 4>, Tensor<B, 1, Int>) {
    let _ = (batch, image, device);
    todo!()
}
