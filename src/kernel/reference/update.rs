//! One optimizer step.

use crate::kernel::{Arrays, UpdateRule};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

pub fn update<B: Backend, R: UpdateRule<N>, const N: usize>(
    rule: &R,
    arrays: Arrays<B, N>,
    gradient: Tensor<B, 1>,
    mask: Option<Tensor<B, 1>>,
) -> Arrays<B, N> {
    let Some(mask) = mask else { return rule.tensors(arrays, gradient) };
    let is_masked = mask.equal_elem(0.0);
    let Arrays { value, state } = rule.tensors(arrays, gradient.mask_fill(is_masked.clone(), 0.0));
    Arrays { value: value.mask_fill(is_masked, 0.0), state }
}
