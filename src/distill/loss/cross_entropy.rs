//! Cross-entropy with the true labels.

use super::outputs::Outputs;
use super::term::{Term, TermInput};
use crate::distill::schedule::Scheduled;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cross-entropy with the true labels: a number is the term's weight.
///
/// −Σₖ qₖ · log softmax(z)ₖ in nats, mean over the batch, for K logits z and the smoothed label qₖ = (1 − ε) · yₖ + ε /
/// K, with y one for the label and zero elsewhere, as PyTorch's `CrossEntropyLoss`.
///
/// What a network is trained with when nothing else is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("type" = ["object", "number"]))]
pub struct CrossEntropy {
    /// The term's weight in the sum.
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    /// Label smoothing ε (0; Szegedy et al., 2016).
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub smoothing: f64,
}

fn is_zero(smoothing: &f64) -> bool {
    *smoothing == 0.0
}

/// The term of this weight, without smoothing.
impl From<f64> for CrossEntropy {
    fn from(weight: f64) -> Self {
        Self { weight: weight.into(), smoothing: 0.0 }
    }
}

impl Term for CrossEntropy {
    const NAME: &'static str = "cross-entropy";
    const INPUT: TermInput = TermInput::Labels;

    fn with_gradient<B: Kernel>(&self, outputs: &Outputs<B>) -> (Tensor<B, 1>, Tensor<B, 2>) {
        B::cross_entropy(outputs.student.clone(), outputs.labels.clone(), self.smoothing)
    }
}

#[cfg(test)]
mod tests {
    use super::super::term::testing::{assert_near, value_and_gradient};
    use super::*;

    const LN_3: f32 = 1.098_612_3;

    #[test]
    fn is_the_mean_negative_log_probability_of_the_labels() {
        // softmax(0, ln 3) = (¼, ¾): −ln ¾ = 0.287682 for label 1 and ln 4 = 1.386294 for label 0; their
        // mean is 0.836988. The gradient is (p − q) / 2: ((¼, ¾) − (0, 1)) / 2, ((¼, ¾) − (1, 0)) / 2.
        let given = value_and_gradient(&CrossEntropy::from(1.0), [[0.0, LN_3], [0.0, LN_3]], None, [1, 0]);
        assert_near(given, 0.836_988_2, &[0.125, -0.125, -0.375, 0.375]);
    }

    #[test]
    fn smoothing_shares_a_part_of_the_label_among_all_classes() {
        // ε = 0.2, K = 2: q = (0.1, 0.9), so 0.1 · 1.386294 + 0.9 · 0.287682 = 0.397543; the gradient is
        // p − q = (0.15, −0.15).
        let smoothed = CrossEntropy { smoothing: 0.2, ..CrossEntropy::from(1.0) };
        let given = value_and_gradient(&smoothed, [[0.0, LN_3]], None, [1]);
        assert_near(given, 0.397_543_3, &[0.15, -0.15]);
    }

    #[test]
    fn large_logits_do_not_overflow() {
        let given = value_and_gradient(&CrossEntropy::from(1.0), [[1000.0, 0.0, -1000.0]], None, [2]);
        assert_near(given, 2000.0, &[1.0, 0.0, -1.0]);
    }
}
