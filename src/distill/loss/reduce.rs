//! Sums and norms of tensors, for the terms that Burn differentiates.

use crate::kernel::Kernel;
use burn::tensor::Tensor;

/// The sum of all values, row by row: Burn's own may add in an order that depends on the number of threads.
pub fn sum<B: Kernel, const D: usize>(values: Tensor<B, D>) -> Tensor<B, 1> {
    let dims = values.dims();
    let rest = dims[1..].iter().product::<usize>();
    values.reshape([dims[0], rest]).sum_dim(1).sum_dim(0).reshape([1])
}

/// The mean of all values.
pub fn mean<B: Kernel, const D: usize>(values: Tensor<B, D>) -> Tensor<B, 1> {
    let count = values.dims().iter().product::<usize>();
    sum(values).div_scalar(count as f64)
}

/// The mean of the squares of all values.
pub fn mean_square<B: Kernel, const D: usize>(values: Tensor<B, D>) -> Tensor<B, 1> {
    mean(values.clone() * values)
}

/// The Euclidean norms along `dim`, at least 1e-12, so that the gradient of a zero vector is zero.
pub fn norm<B: Kernel, const D: usize>(values: Tensor<B, D>, dim: usize) -> Tensor<B, D> {
    (values.clone() * values).sum_dim(dim).clamp_min(1e-24).sqrt()
}

/// Vectors along `dim` divided by their norms, as PyTorch's `normalize`; a zero vector stays zero.
pub fn normalized<B: Kernel, const D: usize>(values: Tensor<B, D>, dim: usize) -> Tensor<B, D> {
    let norm = norm(values.clone(), dim);
    values / norm
}
