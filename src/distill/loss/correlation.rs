//! Correlation congruence.

use super::reduce::{mean_square, normalized};
use super::tap_term::{TapTerm, summed};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{Matching, Pair, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use crate::math::exp;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Squared difference between the correlations of the images in a batch (CC; Peng et al., 2019).
///
/// (1 / N²) ‖C(s) − C(t)‖² for a batch of N, summed over the taps, where C is the N × N matrix of the Gaussian kernel
/// exp(−γ ‖f − g‖²) of the images' features, which are divided by their norms, by its series to the order P in f · g:
/// e^(−2γ) Σₚ (2γ)ᵖ / p! · (f · g)ᵖ. γ = 0.4 and P = 2, as in the Knowledge-Distillation-Zoo. Shapes may differ.
///
/// What Tian et al. (2020) call correlation, with a weight of 0.02, is another form: products of the differences |s −
/// t| of images next to each other, behind linear layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Correlation {
    /// The term's weight in the sum (100, as in the Knowledge-Distillation-Zoo; the authors' code is not public).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    100.0.into()
}

/// γ of the kernel.
const GAMMA: f64 = 0.4;

impl TapTerm for Correlation {
    fn name(&self) -> &'static str {
        "correlation"
    }

    fn matching(&self) -> Matching {
        Matching::Nothing
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        let of_pair = |pair: &Pair<B>| {
            let [student, teacher] = pair.rows().map(correlations);
            mean_square(student - teacher)
        };
        summed(pairs, of_pair)
    }
}

fn correlations<B: Kernel>(rows: Tensor<B, 2>) -> Tensor<B, 2> {
    let rows = normalized(rows, 1);
    let scaled = rows.clone().matmul(rows.transpose()) * (2.0 * GAMMA);
    (scaled.clone() * scaled.clone() * 0.5 + scaled + 1.0) * exp(-2.0 * GAMMA)
}
