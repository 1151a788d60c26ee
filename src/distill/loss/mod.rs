//! The mix of losses a training minimizes: one file a term.

mod cross_entropy;
mod logits;
mod soft_labels;

pub use cross_entropy::CrossEntropy;
pub use logits::Logits;
pub use soft_labels::SoftLabels;

use crate::kernel::Kernel;
use burn::tensor::{Int, Tensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A weighted sum of terms; a term that is not named is absent. Without any, cross-entropy with
/// weight 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LossMix {
    /// Cross-entropy with the true labels: the term's weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_entropy: Option<CrossEntropy>,
    /// Kullback–Leibler divergence from the teacher's softened outputs (Hinton et al., 2015).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft_labels: Option<SoftLabels>,
    /// Mean squared error between the student's and the teacher's logits: the term's weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logits: Option<Logits>,
}

impl Default for LossMix {
    fn default() -> Self {
        Self { cross_entropy: Some(CrossEntropy(1.0)), soft_labels: None, logits: None }
    }
}

/// What one term gave on one batch, before its weight.
#[derive(Debug)]
pub struct TermValue<B: Kernel> {
    /// The term's name as users write it.
    pub name: &'static str,
    pub weight: f64,
    /// A single value.
    pub value: Tensor<B, 1>,
}

/// What the terms look at: one batch.
#[derive(Clone, Debug)]
pub struct Outputs<B: Kernel> {
    /// `[batch, classes]`
    pub student: Tensor<B, 2>,
    /// `[batch, classes]`, cut off from the gradient; absent where there is no teacher.
    pub teacher: Option<Tensor<B, 2>>,
    /// `[batch]`
    pub labels: Tensor<B, 1, Int>,
    /// Label smoothing ε of the cross-entropy term.
    pub label_smoothing: f64,
}

impl LossMix {
    /// Names of the terms present that need a teacher.
    pub fn need_teacher(&self) -> Vec<&'static str> {
        todo!()
    }

    /// Temperature of the softened outputs, where one is used: for the history table.
    pub fn temperature(&self) -> Option<f64> {
        self.soft_labels.as_ref().map(|term| term.temperature)
    }

    /// The terms' values on one batch, in the order of their names above.
    pub fn terms<B: Kernel>(&self, outputs: &Outputs<B>) -> Vec<TermValue<B>> {
        let _ = outputs;
        todo!()
    }
}
