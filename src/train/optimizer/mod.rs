//! Optimizers: one file each, as PyTorch defines it.

mod adam;
mod adamw;
mod sgd;

pub use adam::Adam;
pub use adamw::AdamW;
pub use sgd::Sgd;

use crate::kernel::{Arrays, Kernel, UpdateRule};
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rule by which gradients update the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// Stochastic gradient descent, with momentum and weight decay as PyTorch's.
    Sgd(Sgd),
    /// Adam (Kingma & Ba, 2015); weight decay is added to the gradient.
    Adam(Adam),
    /// Adam with decoupled weight decay (Loshchilov & Hutter, 2019).
    #[serde(rename = "adamw")]
    AdamW(AdamW),
}

/// One step of one array; all tensors are flat and have its length.
#[derive(Debug)]
pub struct Update<'a, B: Kernel> {
    pub value: Tensor<B, 1>,
    pub gradient: Tensor<B, 1>,
    /// 1 where a weight is kept and 0 where it is masked.
    pub mask: Option<Tensor<B, 1>>,
    /// Running means of this array, in the order of [`Optimizer::state_names`]; empty before its first
    /// step.
    pub state: &'a mut Vec<Tensor<B, 1>>,
    pub lr: f64,
    /// Counts the steps of this array from 1.
    pub step: u64,
}

impl<B: Kernel> Update<'_, B> {
    /// Applies `rule`, in one pass over the array where the backend has a kernel for it.
    fn apply<R: UpdateRule<N>, const N: usize>(self, rule: &R) -> Tensor<B, 1> {
        let Self { value, gradient, mask, state, .. } = self;
        let mut before = std::mem::take(state).into_iter();
        let before = std::array::from_fn(|_| before.next().unwrap_or_else(|| value.zeros_like()));
        let Arrays { value, state: after } = B::update(rule, Arrays { value, state: before }, gradient, mask);
        *state = after.into();
        value
    }
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam(Adam::default())
    }
}

impl Optimizer {
    /// The base learning rate.
    pub fn lr(&self) -> f64 {
        match self {
            Self::Sgd(sgd) => sgd.lr,
            Self::Adam(adam) => adam.lr,
            Self::AdamW(adamw) => adamw.lr,
        }
    }

    /// Names of the state arrays that each parameter has, as PyTorch names them.
    pub fn state_names(&self) -> &'static [&'static str] {
        match self {
            Self::Sgd(sgd) => sgd.state_names(),
            Self::Adam(_) | Self::AdamW(_) => &["exp_avg", "exp_avg_sq"],
        }
    }

    /// The array after one step; where a weight is masked it is exactly zero.
    pub fn step<B: Kernel>(&self, update: Update<'_, B>) -> Tensor<B, 1> {
        match self {
            Self::Sgd(sgd) => sgd.step(update),
            Self::Adam(adam) => adam.step(update),
            Self::AdamW(adamw) => adamw.step(update),
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Runs an optimizer on one array of two values.

    use super::*;
    use burn_flex::Flex;

    /// Values after each of `gradients`, starting from `start`.
    pub fn trajectory(optimizer: &Optimizer, start: [f32; 2], gradients: &[[f32; 2]]) -> Vec<[f32; 2]> {
        let device = Default::default();
        let mut value = Tensor::<Flex, 1>::from_floats(start, &device);
        let mut state = Vec::new();
        let steps = gradients.iter().zip(1..);
        steps
            .map(|(&gradient, step)| {
                let gradient = Tensor::from_floats(gradient, &device);
                let lr = optimizer.lr();
                let update =
                    Update { value: value.clone(), gradient, mask: None, state: &mut state, lr, step };
                value = optimizer.step(update);
                let values: Vec<f32> = value.to_data().to_vec().expect("the backend computes in f32");
                [values[0], values[1]]
            })
            .collect()
    }

    /// Asserts that two runs are the same to within `1e-6`.
    pub fn assert_close(found: &[[f32; 2]], expected: &[[f32; 2]]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
        }
    }
}
