//! Mean squared error between logits.

use super::outputs::Outputs;
use super::term::{Term, TermInput, differentiate};
use crate::distill::schedule::Scheduled;
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mean squared error between the student's and the teacher's logits: a number is the term's weight.
///
/// (1 / NK) Σₙ Σₖ (sₙₖ − tₙₖ)² for a batch of N and K classes, as PyTorch's `MSELoss` (Ba & Caruana, 2014).
///
/// Soft labels in the limit of a high temperature, for logits of equal mean (Hinton et al., 2015); to use where there
/// is no wish to choose a temperature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("type" = ["object", "number"]))]
pub struct Logits {
    /// The term's weight in the sum.
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    /// Standardizes both networks' logits first: those of each image lose their mean and are divided by their
    /// standard deviation (Sun et al., 2024).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standardize: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

/// The term of this weight, of the logits as they are.
impl From<f64> for Logits {
    fn from(weight: f64) -> Self {
        Self { weight: weight.into(), standardize: false, teacher: None }
    }
}

impl Term for Logits {
    const NAME: &'static str = "logits";
    const INPUT: TermInput = TermInput::Teacher;

    fn standardizes(&self) -> bool {
        self.standardize
    }

    fn with_gradient<B: Kernel>(&self, outputs: &Outputs<B>) -> (Tensor<B, 1>, Tensor<B, 2>) {
        differentiate(outputs, |outputs| {
            let difference = outputs.student.clone() - outputs.teacher();
            (difference.clone() * difference).mean()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::term::testing::{assert_near, value_and_gradient};
    use super::*;

    #[test]
    fn is_the_mean_square_over_batch_and_classes() {
        // Differences 1, 0, 0, 2: (1 + 4) / 4 = 1.25; the gradient is 2 · difference / 4.
        let (student, teacher) = ([[1.0, 2.0], [3.0, 4.0]], [[0.0, 2.0], [3.0, 2.0]]);
        let given = value_and_gradient(&Logits::from(1.0), student, Some(teacher), [0, 0]);
        assert_near(given, 1.25, &[0.5, 0.0, 0.0, 1.0]);
    }
}
