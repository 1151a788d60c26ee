//! Relational knowledge distillation.

use super::reduce::{mean, normalized, sum};
use super::tap_term::{TapTerm, summed};
use crate::distill::schedule::Scheduled;
use crate::distill::taps::{Matching, Pair, Taps};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Distances and angles between the images of a batch (RKD; Park et al., 2019).
///
/// λ_D · mean over pairs of h(d(s) − d(t)) + λ_A · mean over triples of h(∠(s) − ∠(t)), summed over the taps, with
/// Huber's h(x) = x² / 2 up to |x| = 1 and |x| − ½ beyond: d are the distances between two images' features, divided by
/// their mean over the batch, and ∠ the cosines of the angles at one image between two others. Means are over all N²
/// pairs and N³ triples of a batch of N, an image with itself included, as in the authors' code. Shapes may differ.
///
/// Takes memory for N² · features: for what the last layers give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Relations {
    /// The term's weight in the sum (1).
    #[serde(default = "default_weight")]
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    /// Weight λ_D of the distances (25, as in the paper).
    #[serde(default = "default_distance")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub distance: f64,
    /// Weight λ_A of the angles (50, as in the paper).
    #[serde(default = "default_angle")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub angle: f64,
    pub taps: Taps,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_weight() -> Scheduled {
    1.0.into()
}

fn default_distance() -> f64 {
    25.0
}

fn default_angle() -> f64 {
    50.0
}

impl TapTerm for Relations {
    fn name(&self) -> &'static str {
        "relations"
    }

    fn matching(&self) -> Matching {
        Matching::Nothing
    }

    fn value<B: Kernel>(&self, pairs: &[Pair<B>]) -> Tensor<B, 1> {
        let of_pair = |pair: &Pair<B>| {
            let [student, teacher] = pair.rows().map(differences);
            let apart = mean(huber(distances(student.clone()) - distances(teacher.clone())));
            let turned = mean(huber(angles(student) - angles(teacher)));
            apart * self.distance + turned * self.angle
        };
        summed(pairs, of_pair)
    }
}

/// From each image to each other: `[batch, batch, features]`.
fn differences<B: Kernel>(rows: Tensor<B, 2>) -> Tensor<B, 3> {
    rows.clone().unsqueeze_dim::<3>(0) - rows.unsqueeze_dim::<3>(1)
}

/// The distances, zero from an image to itself, divided by the mean of the others: `[batch, batch, 1]`.
fn distances<B: Kernel>(differences: Tensor<B, 3>) -> Tensor<B, 3> {
    let [batch, _, _] = differences.dims();
    let others = Tensor::<B, 2>::ones([batch, batch], &differences.device())
        - Tensor::<B, 2>::eye(batch, &differences.device());
    let squares = (differences.clone() * differences).sum_dim(2);
    let distances = squares.clamp_min(1e-12).sqrt() * others.unsqueeze_dim::<3>(2);
    let mean = sum(distances.clone()).div_scalar((batch * (batch - 1)).max(1) as f64).clamp_min(1e-12);
    distances / mean.reshape([1, 1, 1])
}

/// The cosine of the angle at each image between each two others: `[batch, batch, batch]`.
fn angles<B: Kernel>(differences: Tensor<B, 3>) -> Tensor<B, 3> {
    let directions = normalized(differences, 2);
    directions.clone().matmul(directions.transpose())
}

/// x² / 2 up to |x| = 1, |x| − ½ beyond.
fn huber<B: Kernel>(values: Tensor<B, 3>) -> Tensor<B, 3> {
    let size = values.abs();
    let small = size.clone().clamp_max(1.0);
    small.clone() * small.clone() * 0.5 + size - small
}
