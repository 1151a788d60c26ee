//! The flow of solution procedure.

use super::reduce::mean_square;
use super::tap_term::TapTerm;
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{Adapter, Matching, Pair, Taps, maps, pool};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Squared difference between the products of the channels of two layers (FSP; Yim et al., 2017).
///
/// Mean of (G(s) − G(t))² over batch and entries, summed over each two taps that follow each other in the student, of
/// which there must be two: G is the matrix of the products of each channel of the first with each of the second, mean
/// over the pixels. The larger images are pooled to the smaller, of student and teacher and of the two taps, and an
/// adapter makes channels as many.
///
/// In the paper they are, the sum is over the entries in place of the mean, and a student is trained by this loss alone
/// before it is trained with labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Flow {
    /// The term's weight in the sum (50, of the commands of Tian et al., 2020, whose code trains by this loss
    /// alone, at weight 1, before it trains with labels, and leaves it out from there on).
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
    50.0.into()
}

impl TapTerm for Flow {
    fn name(&self) -> &'static str {
        "flow"
    }

    fn matching(&self) -> Matching {
        Matching::Shape(self.adapter)
    }

    fn fewest_taps(&self) -> usize {
        2
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        let between = pairs.windows(2).map(|pairs| {
            let student = flow(pairs[0].student.clone(), pairs[1].student.clone());
            mean_square(student - flow(pairs[0].teacher.clone(), pairs[1].teacher.clone()))
        });
        between.reduce(Tensor::add).expect("there are two taps")
    }
}

/// The products of the channels of two layers, mean over the pixels: `[batch, channels, channels]`.
fn flow<B: Kernel>(first: Tensor<B, 4>, second: Tensor<B, 4>) -> Tensor<B, 3> {
    let ([_, height, width, _], [_, other_height, other_width, _]) = (first.dims(), second.dims());
    let size = [height.min(other_height), width.min(other_width)];
    let pixels = (size[0] * size[1]) as f64;
    maps(pool(first, size)).transpose().matmul(maps(pool(second, size))).div_scalar(pixels)
}
