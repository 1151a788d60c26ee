//! Decoupled distillation.

use super::outputs::Outputs;
use super::reduce::sum;
use super::term::{Term, TermInput, differentiate};
use crate::distill::schedule::{Scheduled, Temperature};
use crate::distill::teachers::OwnTeacher;
use crate::kernel::Kernel;
use crate::train::{Duration, Stretch};
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Decoupled knowledge distillation (DKD; Zhao et al., 2022): a number is the term's weight.
///
/// T² · (1 / N) Σₙ (α · KL(bᵀ ‖ bˢ) + β · KL(p̂ᵀ ‖ p̂ˢ)) in nats, for the teacher's and the student's softened
/// probabilities p = softmax(z / T): b = (pₜ, 1 − pₜ) is that of the label t and of all other classes together, and p̂
/// that of the other classes among themselves.
///
/// Soft labels weigh the second by the teacher's 1 − pₜ, which is small where it is certain. The authors' code has the
/// weight 1 beside cross-entropy of weight 1 and α = 1; on CIFAR-100 T = 4, β = 8, or 2 or 6 for some students, and a
/// `warmup` of 20 of 240 epochs; on ImageNet T = 1, β = 0.5 or 2, and a `warmup` of 1 of 100 epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("type" = ["object", "number"]))]
pub struct Decoupled {
    /// The term's weight in the sum.
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub weight: Scheduled,
    /// Both networks' logits are divided by it, T (4).
    #[serde(default = "default_temperature")]
    #[schemars(extend("minimum" = 0.01, "maximum" = 100.0))]
    pub temperature: Temperature,
    /// Weight α of the label against all other classes (1).
    #[serde(default = "default_alpha")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub alpha: f64,
    /// Weight β of the other classes among themselves (8).
    #[serde(default = "default_beta")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub beta: f64,
    /// The weight grows to its own over so many steps: step s = 0, 1, … of W has (s + 1) / W of it (none).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warmup: Option<Duration>,
    /// Standardizes both networks' logits first: those of each image lose their mean and are divided by their
    /// standard deviation (Sun et al., 2024).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standardize: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<OwnTeacher>,
}

fn default_temperature() -> Temperature {
    4.0.into()
}

fn default_alpha() -> f64 {
    1.0
}

fn default_beta() -> f64 {
    8.0
}

/// Taken from the logit of the label, so that no other class is compared with it.
const AWAY: f64 = 1e9;

impl Term for Decoupled {
    const NAME: &'static str = "decoupled";
    const INPUT: TermInput = TermInput::Teacher;

    fn learnable(&self) -> Option<&Temperature> {
        Some(&self.temperature)
    }

    fn learnable_mut(&mut self) -> Option<&mut Temperature> {
        Some(&mut self.temperature)
    }

    fn in_steps(self, per_epoch: u64) -> Self {
        let in_steps = |warmup: Duration| Duration::steps(warmup.in_steps(per_epoch));
        Self { warmup: self.warmup.map(in_steps), ..self }
    }

    fn stretched(self, stretch: Stretch) -> Self {
        let stretched = |warmup: Duration| Duration::steps(stretch.steps(warmup.in_steps(1)));
        Self { warmup: self.warmup.map(stretched), ..self }
    }

    fn at(&self, step: u64) -> Self {
        let steps = self.warmup.map_or(0, |warmup| warmup.in_steps(1));
        let share = if step < steps { (step + 1) as f64 / steps as f64 } else { 1.0 };
        Self { weight: (self.weight.value() * share).into(), ..self.clone() }
    }

    fn ended(self) -> Self {
        Self { warmup: None, ..self }
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

impl Decoupled {
    fn value<B: Kernel>(&self, outputs: &Outputs<B>) -> Tensor<B, 1> {
        let temperature = self.temperature.value();
        let label = outputs.one_hot();
        let student = Decoupling::of(outputs.student.clone().div_scalar(temperature), &label);
        let teacher = Decoupling::of(outputs.teacher().div_scalar(temperature), &label);
        let divergence = |teacher: Tensor<B, 2>, student| sum(teacher.clone().exp() * (teacher - student));
        let target = divergence(teacher.label, student.label) + divergence(teacher.rest, student.rest);
        let others = divergence(teacher.others, student.others);
        let images = outputs.student.dims()[0] as f64;
        (target * self.alpha + others * self.beta) * (temperature * temperature / images)
    }
}

/// Logarithms of probabilities.
struct Decoupling<B: Kernel> {
    /// Of the label: `[batch, 1]`.
    label: Tensor<B, 2>,
    /// Of all other classes together: `[batch, 1]`.
    rest: Tensor<B, 2>,
    /// Of each other class among those: `[batch, classes]`.
    others: Tensor<B, 2>,
}

impl<B: Kernel> Decoupling<B> {
    /// Of `logits` `[batch, classes]`, with `label` one at the labels and zero elsewhere.
    fn of(logits: Tensor<B, 2>, label: &Tensor<B, 2>) -> Self {
        let all = log_softmax(logits.clone(), 1);
        let others = log_softmax(logits - label.clone() * AWAY, 1);
        // log p of any other class is that among the others plus that of all others together: the most likely one's
        // is the most exact.
        let among = others.clone().argmax(1);
        let rest = all.clone().gather(1, among.clone()) - others.clone().gather(1, among);
        Self { label: (all * label.clone()).sum_dim(1), rest, others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_up_grows_the_weight() {
        let warmup = Some(Duration::epochs(2));
        let term = Decoupled {
            weight: 3.0.into(),
            temperature: 4.0.into(),
            alpha: 1.0,
            beta: 8.0,
            warmup,
            standardize: false,
            teacher: None,
        };
        let term = term.in_steps(2);
        assert_eq!(term.warmup, Some(Duration::steps(4)));
        let weights = [0, 1, 3, 4, 100].map(|step| term.at(step).weight.value());
        assert_eq!(weights, [0.75, 1.5, 3.0, 3.0, 3.0]);
        assert_eq!(term.ended().at(0).weight.value(), 3.0);
    }
}
