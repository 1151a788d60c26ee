//! Attention transfer.

use super::reduce::{mean_square, normalized};
use super::tap_term::{TapTerm, summed};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{Matching, Pair, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mean squared error between maps of attention (AT; Zagoruyko & Komodakis, 2017).
///
/// Mean of (a(s) − a(t))² over batch and pixels, summed over the taps, where a is the mean of the squares over the
/// channels, a vector of the pixels that is divided by its norm, as in the authors' code. Channels may differ in
/// number; the larger images are pooled to the smaller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Attention {
    /// The term's weight in the sum (1000, as in the authors' code).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    1000.0.into()
}

impl TapTerm for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn matching(&self) -> Matching {
        Matching::Images
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        let of_pair = |pair: &Pair<B>| {
            let [student, teacher] = pair.maps().map(attention);
            mean_square(student - teacher)
        };
        summed(pairs, of_pair)
    }
}

/// Of `[batch, pixels, channels]`: a unit vector of the pixels, `[batch, pixels, 1]`.
fn attention<B: Kernel>(maps: Tensor<B, 3>) -> Tensor<B, 3> {
    normalized((maps.clone() * maps).mean_dim(2), 1)
}
