//! Cosine annealing.

use crate::math::cos_pi;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// η_to + (η − η_to)·(1 + cos(π·s/S))/2 at step s of S, without restarts (Loshchilov & Hutter, 2017).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cosine {
    /// Learning rate at the end.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    pub to: f64,
}

impl Cosine {
    pub(super) fn rate(&self, lr: f64, step: u64, total: u64) -> f64 {
        let passed = step as f64 / total.max(1) as f64;
        self.to + (lr - self.to) * (1.0 + cos_pi(passed)) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_half_way_at_half_time() {
        let cosine = Cosine { to: 0.02 };
        assert!((cosine.rate(0.1, 0, 100) - 0.1).abs() < 1e-12);
        assert!((cosine.rate(0.1, 50, 100) - 0.06).abs() < 1e-12);
        assert!((cosine.rate(0.1, 100, 100) - 0.02).abs() < 1e-12);
    }
}
