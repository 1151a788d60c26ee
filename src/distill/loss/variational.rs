//! Variational information distillation.

use super::reduce::mean;
use super::tap_term::{TapTerm, summed};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{BesideArray, Initial, Matching, Pair, Sizes, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use crate::math::{exp, ln};
use crate::model::Role;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A bound on the information that the student has of the teacher (VID; Ahn et al., 2019).
///
/// Mean of ½ · ((μ(s) − t)² / σ² + ln σ²) over batch, channels and pixels, summed over the taps: the teacher's features
/// are taken as normal, with a mean μ that three 1×1 convolutions with ReLU between make of the student's, as wide as
/// the teacher's and without biases, and for each channel a variance σ² = ln(1 + eᵃ) + 1e-5, which begins at 5. μ and a
/// are trained with the student and are no part of it. The larger images are pooled to the smaller.
///
/// Can be negative, and is not zero for a student that equals its teacher.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Variational {
    /// The term's weight in the sum (1, as in the authors' code).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    pub taps: Taps,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    1.0.into()
}

/// The variance before the training, and what it is at least.
const VARIANCE: f64 = 5.0;
const EPSILON: f64 = 1e-5;

impl TapTerm for Variational {
    fn name(&self) -> &'static str {
        "variational"
    }

    fn matching(&self) -> Matching {
        Matching::Size
    }

    fn arrays(&self, sizes: &Sizes<'_>) -> Vec<BesideArray> {
        let [student, teacher] = sizes.own();
        let initial = Initial::Constant(ln(exp(VARIANCE - EPSILON) - 1.0) as f32);
        vec![
            BesideArray::weight("mean.0.weight", teacher, student),
            BesideArray::weight("mean.1.weight", teacher, teacher),
            BesideArray::weight("mean.2.weight", teacher, teacher),
            BesideArray::vector("scale", teacher, Role::Bias, initial),
        ]
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        summed(pairs, of_pair)
    }
}

fn of_pair<B: Kernel>(pair: &Pair<B>) -> Tensor<B, 1> {
    let [first, second, third, scale] = &pair.arrays[..] else {
        unreachable!("a pair has the arrays that the term asks for")
    };
    let pixels = |images: &Tensor<B, 4>| {
        let [batch, height, width, channels] = images.dims();
        images.clone().reshape([batch * height * width, channels])
    };
    let layer = |pixels: Tensor<B, 2>, weight: &Tensor<B, 2>| pixels.matmul(weight.clone().transpose());
    let hidden = relu(layer(relu(layer(pixels(&pair.student), first)), second));
    let error = layer(hidden, third) - pixels(&pair.teacher);
    // ln(1 + eᵃ) without overflow.
    let softplus = relu(scale.clone()) + scale.clone().abs().neg().exp().log1p();
    let variance = softplus + EPSILON;
    mean((error.clone() * error / variance.clone() + variance.log()) * 0.5)
}
