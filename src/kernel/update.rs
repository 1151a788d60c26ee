//! Update rules of optimizers.

use super::Formula;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The formula that an optimizer applies to every element, written for tensors and for one element. N is the
/// number of state arrays, which start as zeros.
pub trait UpdateRule<const N: usize>: Sync {
    fn tensors<B: Backend>(&self, arrays: Arrays<B, N>, gradient: Tensor<B, 1>) -> Arrays<B, N>;

    /// The same in numbers, for kernels in another language; `None` where it is none of these.
    fn formula(&self) -> Option<Formula> {
        None
    }

    /// The new value and state, for a value, its state and its gradient.
    fn element(&self, value: f32, state: [f32; N], gradient: f32) -> (f32, [f32; N]);
}

/// A flat array of parameters with its optimizer state.
#[derive(Clone, Debug)]
pub struct Arrays<B: Backend, const N: usize> {
    pub value: Tensor<B, 1>,
    pub state: [Tensor<B, 1>; N],
}
