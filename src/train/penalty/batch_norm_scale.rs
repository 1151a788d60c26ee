//! The L1 norm of the scales of batch norms.

use crate::kernel::Kernel;
use crate::model::{Network, Role};
use burn::tensor::Tensor;

/// Adds λ · sign(γ) to the gradient of the scales γ of every batch norm: a subgradient of λ · Σ |γ|, which is 0 at
/// 0 (Liu et al., 2017).
pub(super) fn add<B: Kernel>(strength: f64, network: &Network<B>, arrays: &mut [Option<Tensor<B, 1>>]) {
    for (parameter, gradient) in network.parameters.iter().zip(arrays) {
        if parameter.slot().role == Role::NormWeight {
            let sign = parameter.values().clone().sign();
            *gradient = gradient.take().map(|gradient| gradient + sign * strength);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::penalized;
    use crate::train::Penalty;

    #[test]
    fn pulls_every_scale_towards_zero_and_nothing_else() {
        let penalty = Penalty { batch_norm_scale: Some(0.5), ..Penalty::default() };
        let gradients = penalized(&penalty, 0, &[("bn1.weight", &[2.0, -0.25, 0.0])]);
        assert_eq!(gradients["bn1.weight"], [0.5, -0.5, 0.0]);
        let others = gradients.iter().filter(|(name, _)| *name != "bn1.weight");
        assert!(others.into_iter().all(|(_, values)| values.iter().all(|value| *value == 0.0)));
    }
}
