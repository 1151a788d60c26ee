//! What was seen at one evaluation, and the loss on the way there.

use crate::kernel::Kernel;
use burn::tensor::{ElementConversion, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A row of the history: what was seen at one evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Steps done.
    pub step: u64,
    /// The same in epochs.
    pub epoch: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Temperature of the soft labels; `None` where none are used.
    pub temperature: Option<f64>,
    /// Mean weighted sum of the loss terms over the steps since the last evaluation; `None` before the
    /// first step.
    #[serde(with = "crate::real")]
    pub loss_train: Option<f64>,
    /// The same of each term, unweighted, by the name users write.
    #[serde(with = "crate::real")]
    pub terms: BTreeMap<String, f64>,
    pub accuracy_validation: Option<f64>,
    /// Mean negative log-likelihood on the validation split, in nats.
    #[serde(with = "crate::real")]
    pub nll_validation: Option<f64>,
    pub accuracy_test: f64,
    /// Mean negative log-likelihood on the test split, in nats.
    #[serde(with = "crate::real")]
    pub nll_test: f64,
}

/// Sums of the loss and of its terms, kept on the device so that no step waits for a value to be read.
#[derive(Debug)]
pub(super) struct Means<B: Kernel> {
    steps: u64,
    loss: Option<Tensor<B, 1>>,
    terms: BTreeMap<&'static str, Tensor<B, 1>>,
}

impl<B: Kernel> Default for Means<B> {
    fn default() -> Self {
        Self { steps: 0, loss: None, terms: BTreeMap::new() }
    }
}

impl<B: Kernel> Means<B> {
    pub fn add(&mut self, loss: Tensor<B, 1>, terms: &[(&'static str, Tensor<B, 1>)]) {
        self.steps += 1;
        self.loss = Some(match self.loss.take() {
            Some(sum) => sum + loss,
            None => loss,
        });
        for (name, value) in terms {
            let sum = match self.terms.remove(name) {
                Some(sum) => sum + value.clone(),
                None => value.clone(),
            };
            self.terms.insert(name, sum);
        }
    }

    /// The means since the last call: of the loss, and of each term.
    pub fn take(&mut self) -> (Option<f64>, BTreeMap<String, f64>) {
        let Self { steps, loss, terms } = std::mem::take(self);
        let mean = |sum: Tensor<B, 1>| sum.into_scalar().elem::<f64>() / steps as f64;
        let terms = terms.into_iter().map(|(name, sum)| (name.to_owned(), mean(sum))).collect();
        (loss.map(mean), terms)
    }
}
