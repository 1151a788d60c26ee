//! From a device to the host.

use super::Kernel;
use burn::tensor::{Tensor, TensorData, Transaction};

/// Brings tensors to the host together, so that a GPU is waited for once.
pub fn to_host<B: Kernel, const D: usize>(tensors: impl IntoIterator<Item = Tensor<B, D>>) -> Vec<Vec<f32>> {
    let reads = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let values = |data: TensorData| data.into_vec().expect("every backend computes in f32");
    reads.execute().into_iter().map(values).collect()
}
