//! What was seen at one evaluation, and the training loss since the one before.

use crate::kernel::{Kernel, to_host};
use burn::tensor::Tensor;
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
    /// Weighted sum of the loss terms, mean over the images trained on since the last evaluation; `None`
    /// before the first step.
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

/// Sums over images of the loss and of its terms, kept on the device so that no step waits for a value to be
/// read.
#[derive(Debug)]
pub(super) struct LossMeter<B: Kernel> {
    images: usize,
    loss: Option<Tensor<B, 1>>,
    terms: BTreeMap<&'static str, Tensor<B, 1>>,
}

impl<B: Kernel> Default for LossMeter<B> {
    fn default() -> Self {
        Self { images: 0, loss: None, terms: BTreeMap::new() }
    }
}

impl<B: Kernel> LossMeter<B> {
    /// Adds the mean loss, and the mean of each term, of a batch of `images`.
    pub fn add(&mut self, images: usize, loss: Tensor<B, 1>, terms: &[(&'static str, Tensor<B, 1>)]) {
        let plus = |sum: Option<Tensor<B, 1>>, mean: Tensor<B, 1>| {
            let of_batch = mean * images as f64;
            match sum {
                Some(sum) => sum + of_batch,
                None => of_batch,
            }
        };
        self.images += images;
        self.loss = Some(plus(self.loss.take(), loss));
        for (name, value) in terms {
            let sum = plus(self.terms.remove(name), value.clone());
            self.terms.insert(name, sum);
        }
    }

    /// The means since the last call: of the loss, and of each term.
    pub fn take(&mut self) -> (Option<f64>, BTreeMap<String, f64>) {
        let Self { images, loss, terms } = std::mem::take(self);
        let Some(loss) = loss else { return (None, BTreeMap::new()) };
        let (names, terms): (Vec<_>, Vec<_>) = terms.into_iter().unzip();
        let sums = to_host([loss].into_iter().chain(terms));
        let mut means = sums.into_iter().map(|sum| f64::from(sum[0]) / images as f64);
        let loss = means.next();
        (loss, names.into_iter().map(str::to_owned).zip(means).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn_flex::{Flex, FlexDevice};

    // Batches of 3 and 1 images with mean losses 1 and 5: (3 · 1 + 1 · 5) / 4 = 2, where a mean over the two
    // steps would be 3.
    #[test]
    fn a_small_last_batch_weighs_as_its_images() {
        let value = |value: f32| Tensor::<Flex, 1>::from_floats([value], &FlexDevice);
        let mut meter = LossMeter::default();
        assert_eq!(meter.take().0, None);
        for (images, loss) in [(3, 1.0), (1, 5.0)] {
            meter.add(images, value(loss), &[("cross-entropy", value(2.0 * loss))]);
        }
        let expected = BTreeMap::from([("cross-entropy".to_owned(), 4.0)]);
        assert_eq!(meter.take(), (Some(2.0), expected));
        assert_eq!(meter.take(), (None, BTreeMap::new()));
    }
}
