//! AdamW.

use super::adam::{AdamRule, default_betas, default_eps, default_lr};
use crate::kernel::Kernel;
use crate::model::Parameter;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Adam with decoupled weight decay (Loshchilov & Hutter, 2019), as PyTorch's `AdamW`: w ← w(1 − ηλ),
/// then Adam's step on the plain gradient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AdamW {
    /// Learning rate η.
    #[serde(default = "default_lr")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub lr: f64,
    /// Decay β₁, β₂ of the running means of the gradient and of its square.
    #[serde(default = "default_betas")]
    pub betas: [f64; 2],
    /// Added to the denominator.
    #[serde(default = "default_eps")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub eps: f64,
    /// Weight decay λ.
    #[serde(default = "default_decay")]
    #[schemars(range(min = 0.0))]
    pub weight_decay: f64,
}

fn default_decay() -> f64 {
    1e-2
}

impl AdamW {
    pub(super) fn step<B: Kernel>(
        &self,
        parameter: &mut Parameter<B>,
        gradient: Tensor<B, 1>,
        lr: f64,
        step: u64,
    ) {
        let mut rule = AdamRule::new(self.betas, self.eps, lr, step);
        rule.0.value_decay = (lr * self.weight_decay) as f32;
        parameter.update(&rule, gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Optimizer;
    use super::super::testing::{assert_close, trajectory};
    use super::*;

    // By hand: η = 0.1, λ = 0.5: w = 0.95·[1, −2] − 0.1·[1, −1].
    #[test]
    fn decay_is_apart_from_the_gradient() {
        let adamw = AdamW { lr: 0.1, betas: default_betas(), eps: default_eps(), weight_decay: 0.5 };
        let found = trajectory(&Optimizer::AdamW(adamw), [1.0, -2.0], &[[1.0, -0.5]]);
        assert_close(&found, &[[0.85, -1.8]]);
    }
}
