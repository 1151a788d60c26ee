//! Correlations in place of distances: DIST.

use super::outputs::Outputs;
use super::reduce::{mean, norm};
use super::term::{Term, TermInput, differentiate};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Correlation with a stronger teacher (DIST; Huang et al., 2022): a number is the term's weight.
///
/// T² · (β · (1 − mean over images of ρ(pᵀ, pˢ)) + γ · (1 − mean over classes of ρ(pᵀ, pˢ))), for the softened
/// probabilities p = softmax(z / T) and Pearson's correlation ρ of the classes of one image, and of the images of the
/// batch in one class. A student need not match what is linear in the teacher's outputs. The paper has a weight of 1
/// for cross-entropy, T = 1 for ImageNet and 4 for CIFAR-100, and β = γ = 2: a weight of 2 here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("type" = ["object", "number"]))]
pub struct Dist {
    /// The term's weight in the sum.
    #[schemars(range(min = 0.0))]
    pub weight: f64,
    /// Both networks' logits are divided by it, T (1).
    #[serde(default = "one")]
    #[schemars(range(min = 0.01, max = 100.0))]
    pub temperature: f64,
    /// Weight β of the relations between classes (1).
    #[serde(default = "one")]
    #[schemars(range(min = 0.0))]
    pub beta: f64,
    /// Weight γ of the relations between images (1).
    #[serde(default = "one")]
    #[schemars(range(min = 0.0))]
    pub gamma: f64,
    /// Standardizes both networks' logits first: those of each image lose their mean and are divided by their
    /// standard deviation (Sun et al., 2024).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standardize: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn one() -> f64 {
    1.0
}

/// Added to the product of the norms, as in the authors' code.
const EPSILON: f64 = 1e-8;

impl Term for Dist {
    const NAME: &'static str = "dist";
    const INPUT: TermInput = TermInput::Teacher;

    fn temperature(&self) -> Option<f64> {
        Some(self.temperature)
    }

    fn standardizes(&self) -> bool {
        self.standardize
    }

    fn with_gradient<B: Kernel>(&self, outputs: &Outputs<B>) -> (Tensor<B, 1>, Tensor<B, 2>) {
        differentiate(outputs, |outputs| {
            let soften = |logits: Tensor<_, 2>| softmax(logits.div_scalar(self.temperature), 1);
            let (student, teacher) = (soften(outputs.student.clone()), soften(outputs.teacher()));
            let apart = |dim| mean(correlation(student.clone(), teacher.clone(), dim)).neg() + 1.0;
            (apart(1) * self.beta + apart(0) * self.gamma) * (self.temperature * self.temperature)
        })
    }
}

/// Pearson's correlation of two matrices along `dim`.
fn correlation<B: Kernel>(one: Tensor<B, 2>, other: Tensor<B, 2>, dim: usize) -> Tensor<B, 2> {
    let centre = |values: Tensor<B, 2>| values.clone() - values.mean_dim(dim);
    let (one, other) = (centre(one), centre(other));
    let product = (one.clone() * other.clone()).sum_dim(dim);
    product / (norm(one, dim) * norm(other, dim) + EPSILON)
}

#[cfg(test)]
mod tests {
    use super::super::term::testing::value_and_gradient;
    use super::*;

    // All images alike: nothing correlates between them, and that has no gradient.
    #[test]
    fn one_image_gives_numbers() {
        let dist =
            Dist { weight: 1.0, temperature: 1.0, beta: 1.0, gamma: 1.0, standardize: false, teacher: None };
        let (value, gradient) = value_and_gradient(&dist, [[0.0, 1.0, 3.0]], Some([[0.0, 1.0, 3.0]]), [0]);
        assert!((value - 1.0).abs() < 1e-5, "{value}");
        assert!(gradient.iter().all(|value| value.abs() < 1e-5), "{gradient:?}");
    }
}
