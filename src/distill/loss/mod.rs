//! The mix of losses a training minimizes: one file a term.

mod cross_entropy;
mod logits;
mod soft_labels;
mod term;

pub use cross_entropy::CrossEntropy;
pub use logits::Logits;
pub use soft_labels::SoftLabels;
pub use term::{Outputs, TermValue};

use crate::kernel::Kernel;
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

impl LossMix {
    /// Names of the terms present, in their order above; a training needs at least one.
    pub fn names(&self) -> Vec<&'static str> {
        let terms =
            [term::name(&self.cross_entropy), term::name(&self.soft_labels), term::name(&self.logits)];
        terms.into_iter().flatten().collect()
    }

    /// Weights of the terms present, in the order of their names.
    pub fn weights(&self) -> Vec<f64> {
        let terms =
            [term::weight(&self.cross_entropy), term::weight(&self.soft_labels), term::weight(&self.logits)];
        terms.into_iter().flatten().collect()
    }

    /// Names of the terms present that need a teacher.
    pub fn need_teacher(&self) -> Vec<&'static str> {
        let terms = [
            term::needs_teacher(&self.cross_entropy),
            term::needs_teacher(&self.soft_labels),
            term::needs_teacher(&self.logits),
        ];
        terms.into_iter().flatten().collect()
    }

    /// Temperature of the softened outputs, where one is used: for the history table.
    pub fn temperature(&self) -> Option<f64> {
        self.soft_labels.as_ref().map(|term| term.temperature)
    }

    /// The terms' values on one batch, in the order of their names above.
    pub fn terms<B: Kernel>(&self, outputs: &Outputs<B>) -> Vec<TermValue<B>> {
        let terms = [
            term::evaluate(&self.cross_entropy, outputs),
            term::evaluate(&self.soft_labels, outputs),
            term::evaluate(&self.logits, outputs),
        ];
        terms.into_iter().flatten().collect()
    }
}
