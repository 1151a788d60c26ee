//! Sparse weights as dense ones, and dense gradients as sparse ones.

use super::tensor::{channels_first, channels_last};
use crate::kernel::{FilterOrder, Kernel, SparsityPattern, Weight};
use burn::tensor::backend::Backend;
use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData};

/// The dense weight [out, in, ..] of a layer; a sparse weight is a matrix or a 1 × 1 convolution.
pub fn dense<B: Backend, const W: usize>(weight: Weight<B, W>) -> Tensor<B, W> {
    match weight {
        Weight::Dense(weight) => weight,
        Weight::Sparse(pattern, weight) => {
            let [outputs, inputs] = pattern.shape();
            let device = weight.device();
            let zeros = Tensor::<B, 1>::zeros([outputs * inputs], &device);
            let mut shape = [1; W];
            (shape[0], shape[1]) = (outputs, inputs);
            zeros.scatter(0, positions(&pattern, &device), weight, IndexingUpdateOp::Add).reshape(shape)
        }
    }
}

/// Filters [out, in / groups, k, k] flat, in the order in which the backend keeps them.
pub fn stored_filters<B: Kernel>(filters: Tensor<B, 4>) -> Tensor<B, 1> {
    let filters = match B::filter_order() {
        FilterOrder::ChannelsFirst => filters,
        FilterOrder::ChannelsLast => channels_last(filters),
    };
    filters.flatten(0, 3)
}

/// Filters of this `shape`, [out, in / groups, k, k], for what is [`stored_filters`] of them.
pub fn filters<B: Kernel>(shape: [usize; 4], stored: Tensor<B, 1>) -> Tensor<B, 4> {
    let [outputs, inputs, rows, columns] = shape;
    match B::filter_order() {
        FilterOrder::ChannelsFirst => stored.reshape(shape),
        FilterOrder::ChannelsLast => channels_first(stored.reshape([outputs, rows, columns, inputs])),
    }
}

/// The gradient of the stored weights, for the flat gradient of the dense weight.
pub fn stored_gradient<B: Backend, const W: usize>(
    weight: &Weight<B, W>,
    gradient: Tensor<B, 1>,
) -> Tensor<B, 1> {
    match weight {
        Weight::Dense(_) => gradient,
        Weight::Sparse(pattern, weight) => gradient.select(0, positions(pattern, &weight.device())),
    }
}

fn positions<B: Backend>(pattern: &SparsityPattern, device: &B::Device) -> Tensor<B, 1, Int> {
    let index = |position| i32::try_from(position).expect("a layer has fewer than 2³¹ weights");
    let positions: Vec<i32> = pattern.positions().map(index).collect();
    let count = positions.len();
    Tensor::from_data(TensorData::new(positions, [count]), device)
}
