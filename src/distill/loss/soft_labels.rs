//! Soft labels: the teacher's softened outputs.

use super::outputs::Outputs;
use super::reduce::sum;
use super::term::{Term, TermInput};
use crate::distill::schedule::{Scheduled, Temperature};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// KL(teacher ‖ student) at temperature T, times T², mean over the batch (Hinton et al., 2015).
///
/// T² · (1 / N) Σₙ Σₖ pₖ · (log pₖ − log qₖ) in nats, for p = softmax(teacher's logits / T) and q = softmax(student's
/// logits / T); PyTorch's `kl_div` with `batchmean`, times T².
///
/// The factor keeps the gradient's size when T changes. To teach a student what a teacher finds alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SoftLabels {
    /// The term's weight in the sum.
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    /// Both networks' logits are divided by it.
    #[schemars(extend("minimum" = 0.01, "maximum" = 1000.0))]
    pub temperature: Temperature,
    /// Standardizes both networks' logits before they are divided by the temperature: those of each image lose
    /// their mean and are divided by their standard deviation, so that the student need not match the teacher's
    /// scale (Sun et al., 2024, who take a temperature of 2 and a weight of 9).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standardize: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

impl SoftLabels {
    /// The term of this weight at this temperature, of the logits as they are.
    pub fn new(weight: f64, temperature: f64) -> Self {
        Self { weight: weight.into(), temperature: temperature.into(), standardize: false, teacher: None }
    }
}

impl Term for SoftLabels {
    const NAME: &'static str = "soft-labels";
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
        B::soft_labels(outputs.student.clone(), outputs.teacher(), self.temperature.value())
    }

    fn softened_value<B: Kernel>(&self, outputs: &Outputs<B>) -> Option<Tensor<B, 1>> {
        let temperature = self.temperature.value();
        let softened = |logits: Tensor<B, 2>| log_softmax(logits.div_scalar(temperature), 1);
        let (student, teacher) = (softened(outputs.student.clone()), softened(outputs.teacher()));
        let images = outputs.student.dims()[0] as f64;
        Some(sum(teacher.clone().exp() * (teacher - student)) * (temperature * temperature / images))
    }
}

#[cfg(test)]
mod tests {
    use super::super::term::testing::{assert_near, value_and_gradient};
    use super::*;

    const LN_3: f32 = 1.098_612_3;

    fn at(temperature: f64) -> SoftLabels {
        SoftLabels::new(1.0, temperature)
    }

    #[test]
    fn is_the_divergence_from_the_teacher() {
        // T = 1, p = (½, ½), q = softmax(0, ln 3) = (¼, ¾):
        // ½ ln(½ / ¼) + ½ ln(½ / ¾) = ½ ln(4 / 3) = 0.143841; the gradient is q − p.
        let given = value_and_gradient(&at(1.0), [[0.0, LN_3]], Some([[7.0, 7.0]]), [0]);
        assert_near(given, 0.143_841_04, &[-0.25, 0.25]);
    }

    #[test]
    fn is_scaled_by_the_squared_temperature_and_averaged_over_the_batch() {
        // T = 2: halved, the logits are those above in row 1 and equal in row 2, so
        // 2² · (0.143841 + 0) / 2 = 0.287682; the gradient is T · (q − p) / 2 = q − p in row 1.
        let student = [[0.0, 2.0 * LN_3], [1.0, 3.0]];
        let given = value_and_gradient(&at(2.0), student, Some([[0.0, 0.0], [1.0, 3.0]]), [0, 0]);
        assert_near(given, 0.287_682_1, &[-0.25, 0.25, 0.0, 0.0]);
    }

    #[test]
    fn a_teacher_without_doubt_gives_no_nan() {
        // p = (1, 0) to the last digit and q = (½, ½): ln 2.
        let given = value_and_gradient(&at(1.0), [[0.0, 0.0]], Some([[1000.0, 0.0]]), [0]);
        assert_near(given, std::f32::consts::LN_2, &[-0.5, 0.5]);
    }
}
