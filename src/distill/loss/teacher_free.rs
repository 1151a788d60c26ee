//! A teacher that is made up: a control for what a teacher knows.

use super::outputs::Outputs;
use super::reduce::sum;
use super::term::{Term, TermInput, differentiate};
use crate::distill::schedule::Scheduled;
use crate::kernel::Kernel;
use burn::tensor::Tensor;
use burn::tensor::activation::{log_softmax, softmax};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Teacher-free distillation by a made-up teacher (Tf-KD by regularization; Yuan et al., 2020): a number is the term's
/// weight.
///
/// (1 / N) Σₙ KL(uₙ ‖ pₙ) in nats, for the student's probabilities p and u = softmax(v / T), where v is a for the label
/// and (1 − a) / (K − 1) for each other of K classes; without a factor T².
///
/// As in the authors' code v stands where logits would, and the student is not softened. Needs no teacher: the control
/// that shows what of a distillation is smoothing alone. The code has the weight 0.1 beside 0.9 for cross-entropy, for
/// ResNet-18 on CIFAR-100.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("type" = ["object", "number"]))]
pub struct TeacherFree {
    /// The term's weight in the sum.
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    /// How sure the made-up teacher is of the label, a (0.99).
    #[serde(default = "default_certainty")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub certainty: f64,
    /// What softens the made-up teacher, T (20).
    #[serde(default = "default_temperature")]
    #[schemars(extend("minimum" = 0.01, "maximum" = 1000.0))]
    pub temperature: Scheduled,
}

fn default_certainty() -> f64 {
    0.99
}

fn default_temperature() -> Scheduled {
    20.0.into()
}

impl Term for TeacherFree {
    const NAME: &'static str = "teacher-free";
    const INPUT: TermInput = TermInput::Labels;

    fn scheduled(&self) -> Option<(&'static str, &Scheduled)> {
        Some(("temperature", &self.temperature))
    }

    fn scheduled_mut(&mut self) -> Option<&mut Scheduled> {
        Some(&mut self.temperature)
    }

    fn with_gradient<B: Kernel>(&self, outputs: &Outputs<B>) -> (Tensor<B, 1>, Tensor<B, 2>) {
        differentiate(outputs, |outputs| {
            let [images, classes] = outputs.student.dims();
            let other = (1.0 - self.certainty) / (classes - 1).max(1) as f64;
            let made_up = outputs.one_hot() * (self.certainty - other) + other;
            let softened = made_up.div_scalar(self.temperature.value());
            let difference = log_softmax(softened.clone(), 1) - log_softmax(outputs.student.clone(), 1);
            sum(softmax(softened, 1) * difference).div_scalar(images as f64)
        })
    }
}
