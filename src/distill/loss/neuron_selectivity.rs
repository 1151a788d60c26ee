//! Neuron selectivity transfer.

use super::reduce::{mean_square, normalized};
use super::tap_term::{TapTerm, summed};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{Matching, Pair, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Maximum mean discrepancy between the channels of student and teacher (NST; Huang & Wang, 2017).
///
/// Mean of k(t, t′) + mean of k(s, s′) − 2 · mean of k(s, t) over the batch and over all pairs of channels, summed over
/// the taps, where a channel is the vector of its pixels divided by its norm, and k(x, y) = (x · y)², the paper's
/// polynomial kernel of degree 2. Channels may differ in number; the larger images are pooled to the smaller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NeuronSelectivity {
    /// The term's weight in the sum (50, as in the code of Tian et al., 2020).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    50.0.into()
}

impl TapTerm for NeuronSelectivity {
    fn name(&self) -> &'static str {
        "neuron-selectivity"
    }

    fn matching(&self) -> Matching {
        Matching::Images
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        let of_pair = |pair: &Pair<B>| {
            let [student, teacher] = pair.maps().map(|maps| normalized(maps, 1));
            let kernel = |one: &Tensor<B, 3>, other: &Tensor<B, 3>| {
                mean_square(one.clone().transpose().matmul(other.clone()))
            };
            kernel(&teacher, &teacher) + kernel(&student, &student) - kernel(&student, &teacher) * 2.0
        };
        summed(pairs, of_pair)
    }
}
