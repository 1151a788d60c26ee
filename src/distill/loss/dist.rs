//! Correlations in place of distances: DIST.

use super::outputs::Outputs;
use super::reduce::{mean, norm};
use super::term::{Term, TermInput, differentiate};
use crate::distill::schedule::{Scheduled, Temperature};
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
/// batch in one class.
///
/// A student need not match what is linear in the teacher's outputs. The authors' code has a weight of 2 with β = γ = 1
/// beside cross-entropy of weight 1, and T = 1 for ImageNet and 4 for CIFAR-100.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("type" = ["object", "number"]))]
pub struct Dist {
    /// The term's weight in the sum.
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    /// Both networks' logits are divided by it, T (1).
    #[serde(default = "default_temperature")]
    #[schemars(extend("minimum" = 0.01, "maximum" = 100.0))]
    pub temperature: Temperature,
    /// Weight β of the relations between classes (1).
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub beta: f64,
    /// Weight γ of the relations between images (1).
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub gamma: f64,
    /// Standardizes both networks' logits first: those of each image lose their mean and are divided by their
    /// standard deviation (Sun et al., 2024).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standardize: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_temperature() -> Temperature {
    1.0.into()
}

fn one() -> f64 {
    1.0
}

/// Added to the product of the norms, as in the authors' code.
const EPSILON: f64 = 1e-8;

impl Term for Dist {
    const NAME: &'static str = "dist";
    const INPUT: TermInput = TermInput::Teacher;

    fn learnable(&self) -> Option<&Temperature> {
        Some(&self.temperature)
    }

    fn learnable_mut(&mut self) -> Option<&mut Temperature> {
        Some(&mut self.temperature)
    }

    fn standardizes(&self) -> bool {
        self.standardize
    }

    fn with_gradient<B: Kernel>(&self, outputs: &Outputs<B>) -> (Tensor<B, 1>, Tensor<B, 2>) {
        differentiate(outputs, |outputs| self.value(outputs))
    }

    fn softened_value<B: Kernel>(&self, outputs: &Outputs<B>) -> Option<Tensor<B, 1>> {
        Some(self.value(outputs))
    }
}

impl Dist {
    fn value<B: Kernel>(&self, outputs: &Outputs<B>) -> Tensor<B, 1> {
        let temperature = self.temperature.value();
        let soften = |logits: Tensor<B, 2>| softmax(logits.div_scalar(temperature), 1);
        let (student, teacher) = (soften(outputs.student.clone()), soften(outputs.teacher()));
        let apart = |dim| mean(correlation(student.clone(), teacher.clone(), dim)).neg() + 1.0;
        (apart(1) * self.beta + apart(0) * self.gamma) * (temperature * temperature)
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
        let dist = Dist {
            weight: 1.0.into(),
            temperature: 1.0.into(),
            beta: 1.0,
            gamma: 1.0,
            standardize: false,
            teacher: None,
        };
        let (value, gradient) = value_and_gradient(&dist, [[0.0, 1.0, 3.0]], Some([[0.0, 1.0, 3.0]]), [0]);
        assert!((value - 1.0).abs() < 1e-5, "{value}");
        assert!(gradient.iter().all(|value| value.abs() < 1e-5), "{gradient:?}");
    }
}
