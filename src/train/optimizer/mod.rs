//! Optimizers: one file each, as PyTorch defines it.

mod adam;
mod adamw;
mod sgd;

pub use adam::Adam;
pub use adamw::AdamW;
pub use sgd::Sgd;

use crate::kernel::Kernel;
use crate::model::Parameter;
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

    /// The same with another base learning rate.
    pub fn with_lr(mut self, rate: f64) -> Self {
        match &mut self {
            Self::Sgd(sgd) => sgd.lr = rate,
            Self::Adam(adam) => adam.lr = rate,
            Self::AdamW(adamw) => adamw.lr = rate,
        }
        self
    }

    /// Names of the state arrays that each parameter has, as PyTorch names them.
    pub fn state_names(&self) -> &'static [&'static str] {
        match self {
            Self::Sgd(sgd) => sgd.state_names(),
            Self::Adam(_) | Self::AdamW(_) => &["exp_avg", "exp_avg_sq"],
        }
    }

    /// One step of `parameter`, counted from 1, along `gradient`.
    pub fn step<B: Kernel>(&self, parameter: &mut Parameter<B>, gradient: Tensor<B, 1>, lr: f64, step: u64) {
        match self {
            Self::Sgd(sgd) => sgd.step(parameter, gradient, lr),
            Self::Adam(adam) => adam.step(parameter, gradient, lr, step),
            Self::AdamW(adamw) => adamw.step(parameter, gradient, lr, step),
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Runs an optimizer on one array of two values.

    use super::*;
    use crate::kernel::to_host;
    use crate::kernel::{Flex, FlexDevice};
    use crate::model::{Role, Slot};

    /// Values after each of `gradients`, starting from `start`.
    pub fn trajectory(optimizer: &Optimizer, start: [f32; 2], gradients: &[[f32; 2]]) -> Vec<[f32; 2]> {
        let slot = Slot { name: "fc.bias".into(), node: 1, shape: vec![2], role: Role::Bias };
        let mut parameter = Parameter::<Flex>::new(slot, &start, &FlexDevice);
        let steps = gradients.iter().zip(1..);
        steps
            .map(|(&gradient, step)| {
                let gradient = Tensor::from_floats(gradient, &FlexDevice);
                optimizer.step(&mut parameter, gradient, optimizer.lr(), step);
                let values = parameter.array(to_host([parameter.values().clone()]).remove(0)).values;
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
