//! Regrowing where the gradient is largest.

use super::set::default_fraction;
use super::{Exchange, Regrowth};
use crate::math::cos_pi;
use crate::train::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rigged lottery (RigL; Evci et al., 2020): every so often each layer drops its smallest kept weights in
/// absolute value, and as many others regrow where the gradient of the loss is largest in absolute value, masked
/// weights included, from zero and with fresh optimizer state. After t of T steps (`until`) the share
/// α/2 · (1 + cos(πt/T)) of the kept weights moves; α is `fraction`. To train sparse from the first step at the accuracy of
/// a pruned network.
///
/// The gradient is that of the step's batch, and as in the paper that step changes the masks instead of
/// the weights. ⌊share · kept⌋ weights of a layer move. A place that was just dropped may regrow; it then keeps
/// its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rigl {
    /// Time between two changes of the masks, ΔT (100 steps).
    #[serde(default = "default_every")]
    pub every: Duration,
    /// Share of the kept weights of a layer that move at first, α.
    #[serde(default = "default_fraction")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub fraction: f64,
    /// When the masks stay as they are, T, at most the length of the training (after three quarters of it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
}

fn default_every() -> Duration {
    Duration::steps(100)
}

/// What a layer moves before step `step`, for the gradient of its weights.
pub(in crate::prune) fn exchange(regrowth: &Regrowth, step: u64, gradient: &[f32]) -> Exchange {
    let fraction = regrowth.fraction / 2.0 * (1.0 + cos_pi(step as f64 / regrowth.until as f64));
    Exchange { fraction, scores: gradient.iter().map(|gradient| gradient.abs()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    // 0.3 / 2 · (1 + cos(π/3)) = 0.225.
    #[test]
    fn the_share_falls_along_a_cosine() {
        let regrowth = Regrowth { every: 10, until: 90, fraction: 0.3 };
        let shares = [0, 30, 45, 90].map(|step| exchange(&regrowth, step, &[]).fraction);
        for (share, expected) in shares.into_iter().zip([0.3, 0.225, 0.15, 0.0]) {
            assert!((share - expected).abs() < 1e-12, "{share} is not {expected}");
        }
        assert_eq!(exchange(&regrowth, 0, &[-2.0, 1.0]).scores, [2.0, 1.0]);
    }
}
