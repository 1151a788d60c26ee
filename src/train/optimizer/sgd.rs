//! Stochastic gradient descent.

use crate::kernel::{Arrays, Formula, Kernel, MomentumFormula, UpdateRule};
use crate::model::Parameter;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Stochastic gradient descent, as PyTorch's `SGD`:
/// g ← ∇L + λw; v ← μv + g (v = g in the first step); w ← w − η·v, or with Nesterov
/// w ← w − η(g + μv). The classic recipe for convolutional networks is `lr = 0.1, momentum = 0.9,
/// weight-decay = 5e-4`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sgd {
    /// Learning rate η.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub lr: f64,
    /// Momentum μ.
    #[serde(default)]
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub momentum: f64,
    /// Nesterov's momentum (Sutskever et al., 2013).
    #[serde(default)]
    pub nesterov: bool,
    /// Weight decay λ, on every parameter.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    pub weight_decay: f64,
}

impl Sgd {
    pub(super) fn state_names(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum_buffer"] }
    }

    pub(super) fn step<B: Kernel>(&self, parameter: &mut Parameter<B>, gradient: Tensor<B, 1>, lr: f64) {
        let (decay, rate) = (self.weight_decay as f32, lr as f32);
        let momentum = self.momentum as f32;
        let formula = MomentumFormula { decay, rate, momentum, nesterov: self.nesterov };
        if self.momentum == 0.0 {
            return parameter.update(&Plain(formula), gradient);
        }
        parameter.update(&Momentum(formula), gradient);
    }
}

/// Gradient descent without momentum, which has no state.
struct Plain(MomentumFormula);

impl UpdateRule<0> for Plain {
    fn formula(&self) -> Option<Formula> {
        Some(Formula::Momentum(self.0))
    }

    fn tensors<B: Backend>(&self, arrays: Arrays<B, 0>, gradient: Tensor<B, 1>) -> Arrays<B, 0> {
        let value = arrays.value;
        let gradient = gradient + value.clone() * self.0.decay;
        Arrays { value: value - gradient * self.0.rate, state: [] }
    }

    #[inline(always)]
    fn element(&self, value: f32, _: [f32; 0], gradient: f32) -> (f32, [f32; 0]) {
        (value - (gradient + value * self.0.decay) * self.0.rate, [])
    }
}

/// Gradient descent with momentum. Its state is v.
struct Momentum(MomentumFormula);

impl UpdateRule<1> for Momentum {
    fn formula(&self) -> Option<Formula> {
        Some(Formula::Momentum(self.0))
    }

    fn tensors<B: Backend>(&self, arrays: Arrays<B, 1>, gradient: Tensor<B, 1>) -> Arrays<B, 1> {
        let Arrays { value, state: [velocity] } = arrays;
        let gradient = gradient + value.clone() * self.0.decay;
        let velocity = velocity * self.0.momentum + gradient.clone();
        let direction =
            if self.0.nesterov { gradient + velocity.clone() * self.0.momentum } else { velocity.clone() };
        Arrays { value: value - direction * self.0.rate, state: [velocity] }
    }

    #[inline(always)]
    fn element(&self, value: f32, [velocity]: [f32; 1], gradient: f32) -> (f32, [f32; 1]) {
        let gradient = gradient + value * self.0.decay;
        let velocity = velocity * self.0.momentum + gradient;
        let direction = if self.0.nesterov { gradient + velocity * self.0.momentum } else { velocity };
        (value - direction * self.0.rate, [velocity])
    }
}

#[cfg(test)]
mod tests {
    use super::super::Optimizer;
    use super::super::testing::{assert_close, trajectory};
    use super::*;

    // By hand, with η = 0.1, μ = 0.9, λ = 0.1, w = [1, −2], gradients [1, 0.5] and [0.5, 1]:
    // step 1: g = [1.1, 0.3], v = g, w = [0.89, −2.03];
    // step 2: g = [0.589, 0.797], v = 0.9·[1.1, 0.3] + g = [1.579, 1.067], w = [0.7321, −2.1367].
    #[test]
    fn momentum_and_decay_follow_the_definition() {
        let sgd = Sgd { lr: 0.1, momentum: 0.9, nesterov: false, weight_decay: 0.1 };
        let found = trajectory(&Optimizer::Sgd(sgd), [1.0, -2.0], &[[1.0, 0.5], [0.5, 1.0]]);
        assert_close(&found, &[[0.89, -2.03], [0.7321, -2.1367]]);
    }

    // The same without decay: v = [1, 0.5], then 0.9·v + g = [1.4, 1.45]; Nesterov's steps are
    // g + 0.9v = [1.9, 0.95] and [0.5 + 1.26, 1 + 1.305] = [1.76, 2.305].
    #[test]
    fn nesterov_looks_ahead() {
        let sgd = Sgd { lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 0.0 };
        let found = trajectory(&Optimizer::Sgd(sgd), [1.0, -2.0], &[[1.0, 0.5], [0.5, 1.0]]);
        assert_close(&found, &[[0.81, -2.095], [0.634, -2.3255]]);
    }

    #[test]
    fn without_momentum_there_is_no_state() {
        let sgd = Sgd { lr: 0.5, momentum: 0.0, nesterov: false, weight_decay: 0.0 };
        assert!(sgd.state_names().is_empty());
        let found = trajectory(&Optimizer::Sgd(sgd), [1.0, -2.0], &[[1.0, 0.5], [0.5, 1.0]]);
        assert_close(&found, &[[0.5, -2.25], [0.25, -2.75]]);
    }
}
