//! Activation boundaries.

use super::reduce::sum;
use super::tap_term::{TapTerm, summed};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{Adapter, Matching, Pair, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which neurons are active, with a margin (AB; Heo et al., 2019).
///
/// (1 / N) Σ ρ(t) · relu(m − r(s))² + (1 − ρ(t)) · relu(m + r(s))² over channels and pixels of a batch of N, summed
/// over the taps, where ρ is one where the teacher is above zero, r the adapter and m a margin. The taps are nodes
/// before a ReLU. The larger images are pooled to the smaller.
///
/// In the paper a training of its own comes before that with labels; there the code weighs earlier layers less, by a
/// factor of two each. Not zero for a student that equals its teacher within the margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Boundaries {
    /// The term's weight in the sum (0.003, as in the authors' code).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    /// The margin m (1).
    #[serde(default = "default_margin")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub margin: f64,
    /// What makes the channels as many (`"batch-norm"`).
    #[serde(default = "default_adapter")]
    pub adapter: Adapter,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    0.003.into()
}

fn default_margin() -> f64 {
    1.0
}

fn default_adapter() -> Adapter {
    Adapter::BatchNorm
}

impl TapTerm for Boundaries {
    fn name(&self) -> &'static str {
        "boundaries"
    }

    fn matching(&self) -> Matching {
        Matching::Shape(self.adapter)
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        let of_pair = |pair: &Pair<B>| {
            let batch = pair.student.dims()[0] as f64;
            let active = pair.teacher.clone().greater_elem(0.0).float();
            // Negative where the student has to be above zero.
            let student = pair.student.clone() * (active * -2.0 + 1.0);
            let wrong = relu(student + self.margin);
            sum(wrong.clone() * wrong).div_scalar(batch)
        };
        summed(pairs, of_pair)
    }
}
