//! Adam.

use super::Update;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Adam (Kingma & Ba, 2015), as PyTorch's `Adam`: g ← ∇L + λw; m ← β₁m + (1 − β₁)g;
/// v ← β₂v + (1 − β₂)g²; w ← w − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Adam {
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
    /// Weight decay λ, added to the gradient; decoupled decay is `adamw`.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    pub weight_decay: f64,
}

pub(super) fn default_lr() -> f64 {
    1e-3
}

pub(super) fn default_betas() -> [f64; 2] {
    [0.9, 0.999]
}

pub(super) fn default_eps() -> f64 {
    1e-8
}

impl Default for Adam {
    fn default() -> Self {
        Self { lr: default_lr(), betas: default_betas(), eps: default_eps(), weight_decay: 0.0 }
    }
}

impl Adam {
    pub(super) fn step<B: Kernel>(&self, mut update: Update<'_, B>) -> Tensor<B, 1> {
        if self.weight_decay != 0.0 {
            update.gradient = update.gradient + update.value.clone() * self.weight_decay;
        }
        let value = update.value.clone();
        value - direction(self.betas, self.eps, update)
    }
}

/// The step η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε), shared with AdamW; keeps m and v in the state.
pub(super) fn direction<B: Kernel>(betas: [f64; 2], eps: f64, update: Update<'_, B>) -> Tensor<B, 1> {
    let Update { gradient, state, lr, step, .. } = update;
    let [fast, slow] = betas;
    let square = gradient.clone() * gradient.clone();
    let (second, first) = (state.pop(), state.pop());
    let first = match first {
        Some(first) => first * fast + gradient * (1.0 - fast),
        None => gradient * (1.0 - fast),
    };
    let second = match second {
        Some(second) => second * slow + square * (1.0 - slow),
        None => square * (1.0 - slow),
    };
    state.push(first.clone());
    state.push(second.clone());
    let correct = |beta: f64| 1.0 - beta.powf(step as f64);
    let denominator = second.sqrt() / correct(slow).sqrt() + eps;
    first / denominator * (lr / correct(fast))
}

#[cfg(test)]
mod tests {
    use super::super::Optimizer;
    use super::super::testing::{assert_close, follow};
    use super::*;

    // By hand, η = 0.1. Step 1: m̂ = g and v̂ = g², so each weight moves by 0.1·sign(g).
    // Step 2, first weight, g = 1 then 0.5: m̂ = (0.9·0.1 + 0.1·0.5)/0.19 = 0.7368421,
    // v̂ = (0.999·0.001 + 0.001·0.25)/0.001999 = 0.6248124, step 0.1·0.7368421/0.7904508 = 0.0932179;
    // second weight, g = −0.5 then −1: m̂ = −(0.9·0.05 + 0.1)/0.19 = −0.7631579,
    // v̂ = (0.999·0.00025 + 0.001)/0.001999 = 0.6251876, step −0.1·0.7631579/0.7906880 = −0.0965182.
    #[test]
    fn two_steps_follow_the_paper() {
        let adam = Adam { lr: 0.1, ..Adam::default() };
        let found = follow(&Optimizer::Adam(adam), [1.0, -2.0], &[[1.0, -0.5], [0.5, -1.0]]);
        assert_close(&found, &[[0.9, -1.9], [0.806_782_1, -1.803_481_8]]);
    }

    // With λ = 1 the first gradient is [1 + 1, −0.5 − 2]: the step is still 0.1·sign.
    #[test]
    fn decay_goes_through_the_gradient() {
        let adam = Adam { lr: 0.1, weight_decay: 1.0, ..Adam::default() };
        let found = follow(&Optimizer::Adam(adam), [1.0, -2.0], &[[1.0, -0.5]]);
        assert_close(&found, &[[0.9, -1.9]]);
    }
}
