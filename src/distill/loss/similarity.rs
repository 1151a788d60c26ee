//! Similarity-preserving distillation.

use super::reduce::{mean_square, normalized};
use super::tap_term::{TapTerm, summed};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{Matching, Pair, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Squared difference between what student and teacher find alike in a batch (SP; Tung & Mori, 2019).
///
/// (1 / N²) ‖G(s) − G(t)‖² for a batch of N, summed over the taps, where G is the N × N matrix of the products of the
/// images' features, each row divided by its norm. Shapes may differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Similarity {
    /// The term's weight in the sum (3000, the paper's γ).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    3000.0.into()
}

impl TapTerm for Similarity {
    fn name(&self) -> &'static str {
        "similarity"
    }

    fn matching(&self) -> Matching {
        Matching::Nothing
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        let of_pair = |pair: &Pair<B>| {
            let [student, teacher] =
                pair.rows().map(|rows| normalized(rows.clone().matmul(rows.transpose()), 1));
            mean_square(student - teacher)
        };
        summed(pairs, of_pair)
    }
}
