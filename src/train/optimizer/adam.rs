//! Adam.

use crate::kernel::{AdamFormula, Arrays, Formula, Kernel, UpdateRule};
use crate::math::power;
use crate::model::Parameter;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
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
    pub(super) fn step<B: Kernel>(
        &self,
        parameter: &mut Parameter<B>,
        gradient: Tensor<B, 1>,
        lr: f64,
        step: u64,
    ) {
        let mut rule = AdamRule::new(self.betas, self.eps, lr, step);
        rule.0.gradient_decay = self.weight_decay as f32;
        parameter.update(&rule, gradient);
    }
}

/// The update rule of Adam and AdamW. Its state is m and v.
#[derive(Debug)]
pub(super) struct AdamRule(pub AdamFormula);

impl AdamRule {
    /// The rule without weight decay.
    pub fn new(betas: [f64; 2], eps: f64, lr: f64, step: u64) -> Self {
        let correct = |beta: f64| 1.0 - power(beta, step);
        Self(AdamFormula {
            gradient_decay: 0.0,
            value_decay: 0.0,
            betas: betas.map(|beta| beta as f32),
            shares: betas.map(|beta| (1.0 - beta) as f32),
            eps: eps as f32,
            rate: (lr / correct(betas[0])) as f32,
            correction: (1.0 / correct(betas[1]).sqrt()) as f32,
        })
    }
}

impl UpdateRule<2> for AdamRule {
    fn formula(&self) -> Option<Formula> {
        Some(Formula::Adam(self.0))
    }

    fn tensors<B: Backend>(&self, arrays: Arrays<B, 2>, gradient: Tensor<B, 1>) -> Arrays<B, 2> {
        let Arrays { value, state: [first, second] } = arrays;
        let gradient = gradient + value.clone() * self.0.gradient_decay;
        let first = first * self.0.betas[0] + gradient.clone() * self.0.shares[0];
        let second = second * self.0.betas[1] + gradient.clone() * gradient * self.0.shares[1];
        let direction = first.clone() / (second.clone().sqrt() * self.0.correction + self.0.eps);
        let value = value * (1.0 - self.0.value_decay) - direction * self.0.rate;
        Arrays { value, state: [first, second] }
    }

    #[inline(always)]
    fn element(&self, value: f32, [first, second]: [f32; 2], gradient: f32) -> (f32, [f32; 2]) {
        let gradient = gradient + value * self.0.gradient_decay;
        let first = first * self.0.betas[0] + gradient * self.0.shares[0];
        let second = second * self.0.betas[1] + gradient * gradient * self.0.shares[1];
        let direction = first / (second.sqrt() * self.0.correction + self.0.eps);
        (value * (1.0 - self.0.value_decay) - direction * self.0.rate, [first, second])
    }
}

#[cfg(test)]
mod tests {
    use super::super::Optimizer;
    use super::super::testing::{assert_close, trajectory};
    use super::*;

    // By hand, η = 0.1. Step 1: m̂ = g and v̂ = g², so each weight moves by 0.1·sign(g).
    // Step 2, first weight, g = 1 then 0.5: m̂ = (0.9·0.1 + 0.1·0.5)/0.19 = 0.7368421,
    // v̂ = (0.999·0.001 + 0.001·0.25)/0.001999 = 0.6248124, step 0.1·0.7368421/0.7904508 = 0.0932179;
    // second weight, g = −0.5 then −1: m̂ = −(0.9·0.05 + 0.1)/0.19 = −0.7631579,
    // v̂ = (0.999·0.00025 + 0.001)/0.001999 = 0.6251876, step −0.1·0.7631579/0.7906880 = −0.0965182.
    #[test]
    fn two_steps_follow_the_paper() {
        let adam = Adam { lr: 0.1, ..Adam::default() };
        let found = trajectory(&Optimizer::Adam(adam), [1.0, -2.0], &[[1.0, -0.5], [0.5, -1.0]]);
        assert_close(&found, &[[0.9, -1.9], [0.806_782_1, -1.803_481_8]]);
    }

    // With λ = 1 the first gradient is [1 + 1, −0.5 − 2]: the step is still 0.1·sign.
    #[test]
    fn decay_goes_through_the_gradient() {
        let adam = Adam { lr: 0.1, weight_decay: 1.0, ..Adam::default() };
        let found = trajectory(&Optimizer::Adam(adam), [1.0, -2.0], &[[1.0, -0.5]]);
        assert_close(&found, &[[0.9, -1.9]]);
    }
}
