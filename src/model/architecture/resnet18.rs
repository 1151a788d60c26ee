//! ResNet-18 for CIFAR.

use super::resnet::residual;
use crate::model::{Graph, GraphError};

/// Four stages of two basic blocks with 64, 128, 256 and 512 maps.
pub(super) fn graph(input: [usize; 3], classes: usize) -> Result<Graph, GraphError> {
    residual(input, classes, 64, &[2; 4])
}
