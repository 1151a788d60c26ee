//! Features: hints of FitNets.

use super::reduce::mean_square;
use super::tap_term::{TapTerm, summed};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{Adapter, Matching, Pair, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mean squared error between what nodes of student and teacher give (FitNets' hints; Romero et al., 2015).
///
/// Mean of (r(s) − t)² over batch, channels and pixels, summed over the taps, where r is the adapter; without it where
/// the channels are as many. The larger images are pooled to the smaller.
///
/// FitNets has ½ of the sum over all numbers, before a training with soft labels; here it is trained together with the
/// other terms, as Tian et al. (2020) compare it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Features {
    /// The term's weight in the sum (100, as in the code of Tian et al., 2020).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    /// What makes the channels as many (`"linear"`).
    #[serde(default)]
    pub adapter: Adapter,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    100.0.into()
}

impl TapTerm for Features {
    fn name(&self) -> &'static str {
        "features"
    }

    fn matching(&self) -> Matching {
        Matching::Shape(self.adapter)
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        let of_pair = |pair: &Pair<B>| mean_square(pair.student.clone() - pair.teacher.clone());
        summed(pairs, of_pair)
    }
}
