//! Probabilistic knowledge transfer.

use super::reduce::{mean, norm};
use super::tap_term::{TapTerm, summed};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{Matching, Pair, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Divergence between the chances that two images of a batch are neighbours (PKT; Passalis & Tefas, 2018).
///
/// (1 / N²) Σᵢⱼ tᵢⱼ · ln((tᵢⱼ + ε) / (sᵢⱼ + ε)) for a batch of N, summed over the taps, where s and t are the cosines
/// between the images' features, c ↦ (c + 1) / 2, each row divided by its sum, and ε = 1e-7, as in the authors' code.
/// Shapes may differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Probabilistic {
    /// The term's weight in the sum (30000, as in the code of Tian et al., 2020).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    30_000.0.into()
}

const EPSILON: f64 = 1e-7;

impl TapTerm for Probabilistic {
    fn name(&self) -> &'static str {
        "probabilistic"
    }

    fn matching(&self) -> Matching {
        Matching::Nothing
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        let of_pair = |pair: &Pair<B>| {
            let [student, teacher] = pair.rows().map(chances);
            let ratio = (teacher.clone() + EPSILON) / (student + EPSILON);
            mean(teacher * ratio.log())
        };
        summed(pairs, of_pair)
    }
}

/// The chance that each image is a neighbour of each: `[batch, batch]`, whose rows have the sum one.
fn chances<B: Kernel>(rows: Tensor<B, 2>) -> Tensor<B, 2> {
    let norm = norm(rows.clone(), 1);
    let rows = rows / (norm + EPSILON);
    let likeness = (rows.clone().matmul(rows.transpose()) + 1.0) * 0.5;
    likeness.clone() / likeness.sum_dim(1)
}
